//! `#[derive(Choice)]`.

use crate::attributes::{FieldAttributes, StructAttributes};
use crate::spec::snake_case;
use crate::types::catalog_type;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Result, Type};

/// The meaning of a variant.
enum Meaning {
    /// A word.
    Word(String),
    /// Any value of a type; this is that type in the table.
    Value { ty: Box<Type>, catalog_type: TokenStream },
}

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let mut errors = Vec::new();
    let catalog = &StructAttributes::of(&input.attrs, &mut errors).catalog();
    let variants = variants(input, catalog, &mut errors)?;
    if let Some(error) = errors.into_iter().reduce(|mut all, error| {
        all.combine(error);
        all
    }) {
        return Err(error);
    }
    let field = field(input, &variants, catalog);
    let words = words(input, &variants, catalog);
    let conversions = conversions(input, &variants);
    let serde = serde(input, catalog);
    Ok(quote!(#field #words #(#conversions)* #serde))
}

fn variants(
    input: &DeriveInput,
    catalog: &TokenStream,
    errors: &mut Vec<Error>,
) -> Result<Vec<(Ident, Meaning)>> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "a choice is an enum"));
    };
    let meaning = |variant: &syn::Variant, errors: &mut Vec<Error>| {
        let attributes = FieldAttributes::of(&variant.attrs, errors);
        match &variant.fields {
            Fields::Unit => {
                let name = attributes.name.map(|name| name.value());
                Ok(Meaning::Word(name.unwrap_or_else(|| snake_case(&variant.ident.to_string()))))
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let ty = Box::new(fields.unnamed[0].ty.clone());
                let catalog_type = catalog_type(&ty, &attributes, catalog)?;
                Ok(Meaning::Value { ty, catalog_type })
            }
            _ => Err(Error::new_spanned(variant, "a variant is a word, or holds one value")),
        }
    };
    data.variants
        .iter()
        .map(|variant| Ok((variant.ident.clone(), meaning(variant, errors)?)))
        .collect()
}

/// The generics, with the bound `Field` on each type parameter.
fn generics(input: &DeriveInput, catalog: &TokenStream) -> Generics {
    let mut generics = input.generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(syn::parse_quote!(#catalog::Field));
        }
    }
    generics
}

fn word_list(variants: &[(Ident, Meaning)]) -> Vec<&str> {
    let word = variants.iter().map(|(_, meaning)| match meaning {
        Meaning::Word(word) => Some(word.as_str()),
        Meaning::Value { .. } => None,
    });
    word.flatten().collect()
}

fn field(input: &DeriveInput, variants: &[(Ident, Meaning)], catalog: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let bounded = generics(input, catalog);
    let (generics, arguments, bounds) = bounded.split_for_impl();
    let words = word_list(variants);
    let words = (!words.is_empty()).then(|| quote!(#catalog::Type::Choice(&[#(#words),*])));
    let values = variants.iter().filter_map(|(_, meaning)| match meaning {
        Meaning::Word(_) => None,
        Meaning::Value { catalog_type, .. } => Some(catalog_type.clone()),
    });
    let types: Vec<TokenStream> = values.chain(words).collect();
    let own = match &types[..] {
        [one] => one.clone(),
        all => quote!(#catalog::Type::OneOf(const { &[#(#all),*] })),
    };
    let write = variants.iter().map(|(variant, meaning)| match meaning {
        Meaning::Word(word) => quote!(Self::#variant => #catalog::Value::from(#word)),
        Meaning::Value { .. } => quote!(Self::#variant(value) => #catalog::Field::to_value(value)),
    });
    let read = variants.iter().map(|(variant, meaning)| match meaning {
        Meaning::Word(word) => quote! {
            if value.as_str() == ::core::option::Option::Some(#word) {
                return ::core::result::Result::Ok(Self::#variant);
            }
        },
        Meaning::Value { catalog_type, .. } => quote! {
            if let ::core::option::Option::Some(value) = (#catalog_type).fit(&value) {
                return #catalog::Field::from_value(value).map(Self::#variant);
            }
        },
    });
    quote! {
        impl #generics #catalog::Field for #name #arguments #bounds {
            const TYPE: #catalog::Type = #own;

            fn to_value(&self) -> #catalog::Value {
                match self { #(#write),* }
            }

            fn from_value(value: #catalog::Value) -> ::core::result::Result<Self, #catalog::FieldError> {
                #(#read)*
                ::core::result::Result::Err(#catalog::FieldError::wanted(<Self as #catalog::Field>::TYPE))
            }
        }
    }
}

/// The words as constants.
fn words(input: &DeriveInput, variants: &[(Ident, Meaning)], catalog: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let all = word_list(variants);
    let each = variants.iter().map(|(variant, meaning)| match meaning {
        Meaning::Word(word) => quote!(Self::#variant => ::core::option::Option::Some(#word)),
        Meaning::Value { .. } => quote!(Self::#variant(_) => ::core::option::Option::None),
    });
    quote! {
        #[allow(dead_code)]
        impl #generics #name #arguments #bounds {
            /// All words, in their order.
            pub const WORDS: &'static [&'static str] = &[#(#all),*];

            /// The word of the variant; `None` for one that holds a value.
            pub const fn word(&self) -> ::core::option::Option<&'static str> {
                match self { #(#each),* }
            }

            /// The word as a default.
            #[doc(hidden)]
            pub const fn literal(&self) -> ::core::option::Option<#catalog::Literal> {
                match self.word() {
                    ::core::option::Option::Some(word) => ::core::option::Option::Some(#catalog::Literal::Text(word)),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            }
        }
    }
}

/// `From` for each type whose values a variant holds.
fn conversions<'a>(
    input: &'a DeriveInput,
    variants: &'a [(Ident, Meaning)],
) -> impl Iterator<Item = TokenStream> + 'a {
    let name = &input.ident;
    variants.iter().filter_map(move |(variant, meaning)| {
        let Meaning::Value { ty, .. } = meaning else { return None };
        let (generics, arguments, bounds) = input.generics.split_for_impl();
        Some(quote! {
            impl #generics ::core::convert::From<#ty> for #name #arguments #bounds {
                fn from(value: #ty) -> Self {
                    Self::#variant(value)
                }
            }
        })
    })
}

fn serde(input: &DeriveInput, catalog: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let bounded = generics(input, catalog);
    let (generics, arguments, bounds) = bounded.split_for_impl();
    let mut with_lifetime = bounded.clone();
    with_lifetime.params.insert(0, syn::parse_quote!('de));
    let (reading, _, _) = with_lifetime.split_for_impl();
    quote! {
        impl #generics #catalog::serde::Serialize for #name #arguments #bounds {
            fn serialize<__S: #catalog::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                #catalog::serde::Serialize::serialize(&#catalog::Field::to_value(self), serializer)
            }
        }

        impl #reading #catalog::serde::Deserialize<'de> for #name #arguments #bounds {
            fn deserialize<__D: #catalog::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                #catalog::derived::deserialize(deserializer)
            }
        }
    }
}
