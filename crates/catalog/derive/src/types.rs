//! The types of fields: their types in the table, and their defaults.

use crate::attributes::{Bounds, FieldAttributes};
use proc_macro2::{Delimiter, Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Error, GenericArgument, PathArguments, Result, Type};

/// A field's type, as far as the macros need it.
pub enum Shape<'a> {
    Whole,
    Real,
    Boolean,
    Text,
    /// `[usize; D]`: the number of axes.
    Sizes(TokenStream),
    /// `[f64; N]`.
    Reals,
    Optional(&'a Type),
    Boxed(&'a Type),
    List(&'a Type),
    /// A choice, or a specification of another kind.
    Other,
}

impl<'a> Shape<'a> {
    pub fn of(ty: &'a Type) -> Self {
        match ty {
            Type::Array(array) => match Shape::of(&array.elem) {
                Shape::Whole => {
                    let len = &array.len;
                    Shape::Sizes(quote!(#len))
                }
                _ => Shape::Reals,
            },
            Type::Path(path) => {
                let Some(last) = path.path.segments.last() else { return Shape::Other };
                match (last.ident.to_string().as_str(), argument(&last.arguments)) {
                    ("usize" | "u64" | "u32" | "u8" | "i64" | "isize", None) => Shape::Whole,
                    ("f64", None) => Shape::Real,
                    ("bool", None) => Shape::Boolean,
                    ("String", None) => Shape::Text,
                    ("Option", Some(inner)) => Shape::Optional(inner),
                    ("Box", Some(inner)) => Shape::Boxed(inner),
                    ("Vec", Some(inner)) => Shape::List(inner),
                    _ => Shape::Other,
                }
            }
            Type::Group(group) => Shape::of(&group.elem),
            _ => Shape::Other,
        }
    }
}

fn argument(arguments: &PathArguments) -> Option<&Type> {
    match arguments {
        PathArguments::AngleBracketed(all) => match all.args.first() {
            Some(GenericArgument::Type(ty)) => Some(ty),
            _ => None,
        },
        _ => None,
    }
}

/// The field's type in the table, a constant expression.
pub fn catalog_type(
    ty: &Type,
    attributes: &FieldAttributes,
    catalog: &TokenStream,
) -> Result<TokenStream> {
    match (&attributes.ty, &attributes.bounds) {
        (Some(own), _) => Ok(own.clone()),
        (None, None) => Ok(quote!(<#ty as #catalog::Field>::TYPE)),
        (None, Some(bounds)) => bounded(ty, bounds, catalog),
    }
}

fn bounded(ty: &Type, bounds: &Bounds, catalog: &TokenStream) -> Result<TokenStream> {
    let own = quote!(#catalog::Type);
    let inapplicable = || {
        Err(Error::new_spanned(
            ty,
            "a range is one of numbers; give the argument's type: type = ...",
        ))
    };
    Ok(match (Shape::of(ty), bounds) {
        (Shape::Optional(inner) | Shape::Boxed(inner), _) => bounded(inner, bounds, catalog)?,
        (Shape::List(inner), _) => {
            let item = bounded(inner, bounds, catalog)?;
            quote!(#own::List(const { &#item }))
        }
        (Shape::Reals, _) => {
            let item = real(bounds, catalog);
            quote!(#own::List(const { &#item }))
        }
        (Shape::Real, _) => real(bounds, catalog),
        (Shape::Whole, Bounds::Positive) => quote!(#own::COUNT),
        (Shape::Whole, Bounds::NonNegative) => quote!(#own::NATURAL),
        (Shape::Whole, Bounds::Range(min, max)) => {
            let max = max.clone().unwrap_or_else(|| quote!(i64::MAX));
            quote!(#own::Integer { min: #min, max: #max })
        }
        (Shape::Sizes(axes), Bounds::Positive) => quote!(#own::sizes(#axes, 1)),
        (Shape::Sizes(axes), Bounds::NonNegative) => quote!(#own::sizes(#axes, 0)),
        (Shape::Sizes(axes), Bounds::Range(min, None)) => quote!(#own::sizes(#axes, #min)),
        _ => return inapplicable(),
    })
}

fn real(bounds: &Bounds, catalog: &TokenStream) -> TokenStream {
    let own = quote!(#catalog::Type);
    match bounds {
        Bounds::Positive => quote!(#own::POSITIVE),
        Bounds::NonNegative => quote!(#own::NON_NEGATIVE),
        Bounds::Fraction => quote!(#own::FRACTION),
        Bounds::Range(min, max) => {
            let min = as_real(min);
            let max = max.as_ref().map_or_else(|| quote!(f64::MAX), as_real);
            quote!(#own::Number { min: #min, max: #max })
        }
    }
}

/// A field's default: as a constant of the table, and as a value of the field.
pub struct Default {
    /// The `Default` of the table.
    pub constant: TokenStream,
    /// The field's value; `None` if it is required.
    pub value: Option<TokenStream>,
}

impl Default {
    pub fn of(ty: &Type, given: Option<&TokenStream>, catalog: &TokenStream) -> Result<Self> {
        match (given, Shape::of(ty)) {
            (None, Shape::Optional(_)) => Ok(Default {
                constant: quote!(#catalog::Default::Absent),
                value: Some(quote!(::core::option::Option::None)),
            }),
            (None, _) => Ok(Default { constant: quote!(#catalog::Default::Required), value: None }),
            (Some(given), _) => {
                let (literal, value) = literal(ty, given, catalog)?;
                Ok(Default {
                    constant: quote!(#catalog::Default::Is(#literal)),
                    value: Some(value),
                })
            }
        }
    }
}

/// How a default is written.
enum Written {
    Whole,
    Real,
    Text,
    Boolean,
    Items(Vec<TokenStream>),
    /// The name of a struct, such as `Zeros` or `initializers::Zeros`: a specification without arguments.
    Name,
    Other,
}

fn written(tokens: &TokenStream) -> Written {
    let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match &all[..] {
        [TokenTree::Punct(minus), TokenTree::Literal(number)] if minus.as_char() == '-' => {
            number_kind(number)
        }
        [TokenTree::Literal(literal)] => match literal.to_string().starts_with('"') {
            true => Written::Text,
            false => number_kind(literal),
        },
        [TokenTree::Ident(word)] if *word == "true" || *word == "false" => Written::Boolean,
        [TokenTree::Ident(_)] => Written::Name,
        all if is_struct_path(all) => Written::Name,
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            Written::Items(items(group.stream()))
        }
        _ => Written::Other,
    }
}

/// Whether tokens are the path of a struct in a module: a variant has the name of its enum before it, with a capital.
fn is_struct_path(tokens: &[TokenTree]) -> bool {
    let is_path = tokens.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    match tokens {
        [
            ..,
            TokenTree::Ident(module),
            TokenTree::Punct(_),
            TokenTree::Punct(_),
            TokenTree::Ident(_),
        ] => is_path && module.to_string().starts_with(|letter: char| letter.is_lowercase()),
        _ => false,
    }
}

fn number_kind(literal: &Literal) -> Written {
    match literal.to_string().contains(['.', 'e', 'f']) {
        true => Written::Real,
        false => Written::Whole,
    }
}

fn items(list: TokenStream) -> Vec<TokenStream> {
    let mut all = vec![TokenStream::new()];
    for token in list {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => all.push(TokenStream::new()),
            _ => all.last_mut().into_iter().for_each(|item| item.extend([token.clone()])),
        }
    }
    all.retain(|item| !item.is_empty());
    all
}

/// An expression as a number with a decimal point: 1 as 1.0.
fn as_real(given: &TokenStream) -> TokenStream {
    match written(given) {
        Written::Whole => {
            let number = Literal::f64_unsuffixed(
                given
                    .to_string()
                    .replace([' ', '_'], "")
                    .trim_start_matches('-')
                    .parse()
                    .unwrap_or_default(),
            );
            match given.to_string().starts_with('-') {
                true => quote!(-#number),
                false => quote!(#number),
            }
        }
        Written::Real => given.clone(),
        _ => quote!((#given) as f64),
    }
}

/// The constant of the table, and the field's value.
fn literal(
    ty: &Type,
    given: &TokenStream,
    catalog: &TokenStream,
) -> Result<(TokenStream, TokenStream)> {
    let own = quote!(#catalog::Literal);
    Ok(match Shape::of(ty) {
        Shape::Optional(inner) => {
            let (constant, value) = literal(inner, given, catalog)?;
            (constant, quote!(::core::option::Option::Some(#value)))
        }
        Shape::Boxed(inner) => {
            let (constant, value) = literal(inner, given, catalog)?;
            (constant, quote!(::std::boxed::Box::new(#value)))
        }
        Shape::Real => {
            let number = as_real(given);
            (quote!(#own::Number(#number)), number)
        }
        Shape::Whole => match written(given) {
            Written::Whole => (quote!(#own::Integer(#given)), given.clone()),
            _ => (quote!(#own::Integer((#given) as i64)), given.clone()),
        },
        Shape::Boolean => (quote!(#own::Boolean(#given)), given.clone()),
        Shape::Text => (quote!(#own::Text(#given)), quote!(::std::string::String::from(#given))),
        Shape::Sizes(axes) => match written(given) {
            Written::Items(sizes) => (numbers(&sizes, &own), given.clone()),
            _ => (quote!(#own::Integer(#given)), quote!([#given; #axes])),
        },
        Shape::Reals => match written(given) {
            Written::Items(all) => {
                let reals = all.iter().map(as_real);
                (numbers(&all, &own), quote!([#(#reals),*]))
            }
            _ => return Err(Error::new_spanned(given, "a list is wanted: [0.9, 0.999]")),
        },
        Shape::List(item) => match written(given) {
            Written::Items(all) => {
                let values: Vec<TokenStream> = match Shape::of(item) {
                    Shape::Real => all.iter().map(as_real).collect(),
                    _ => all.clone(),
                };
                (numbers(&all, &own), quote!(::std::vec![#(#values),*]))
            }
            _ => return Err(Error::new_spanned(given, "a list is wanted: []")),
        },
        Shape::Other => other_literal(ty, given, catalog),
    })
}

/// The constant of the table for a number or a truth value.
pub fn plain_literal(given: &TokenStream, catalog: &TokenStream) -> Result<TokenStream> {
    let own = quote!(#catalog::Literal);
    match written(given) {
        Written::Whole => Ok(quote!(#own::Integer(#given))),
        Written::Real => Ok(quote!(#own::Number(#given))),
        Written::Boolean => Ok(quote!(#own::Boolean(#given))),
        _ => Err(Error::new_spanned(given, "a number, true or false is wanted")),
    }
}

fn numbers(items: &[TokenStream], own: &TokenStream) -> TokenStream {
    let reals = items.iter().map(as_real);
    quote!(#own::Numbers(&[#(#reals),*]))
}

/// The default of a choice or a specification.
fn other_literal(
    ty: &Type,
    given: &TokenStream,
    catalog: &TokenStream,
) -> (TokenStream, TokenStream) {
    let own = quote!(#catalog::Literal);
    let from = |of: TokenStream, given: TokenStream| quote!(<#ty as ::core::convert::From<#of>>::from(#given));
    match written(given) {
        Written::Whole => (quote!(#own::Integer(#given)), from(quote!(usize), given.clone())),
        Written::Real => (quote!(#own::Number(#given)), from(quote!(f64), given.clone())),
        Written::Boolean => (quote!(#own::Boolean(#given)), from(quote!(bool), given.clone())),
        Written::Text => (quote!(#own::Text(#given)), from(quote!(&str), given.clone())),
        Written::Name => (
            quote!(#own::Spec(<#given as #catalog::Described>::ENTRY.name)),
            from(given.clone(), quote!(<#given as ::core::default::Default>::default())),
        ),
        Written::Items(_) | Written::Other => (
            quote!(match (#given).literal() {
                ::core::option::Option::Some(literal) => literal,
                ::core::option::Option::None => ::core::panic!("the default of a choice is one of its words"),
            }),
            given.clone(),
        ),
    }
}

/// A name in the macro's own code.
pub fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
