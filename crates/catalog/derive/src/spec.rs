//! `#[derive(Spec)]`.

use crate::attributes::StructAttributes;
use crate::docs::{Docs, Section};
use crate::fields::{self, Field};
use crate::{block, setters};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Error, GenericParam};

/// All code for a struct; mistakes are collected beside it.
pub fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Vec::new();
    let attributes = StructAttributes::of(&input.attrs, &mut errors);
    let catalog = attributes.catalog();
    let fields = fields::fields(input, &catalog, &mut errors);
    let written = match &attributes.block {
        Some(setter_trait) => block::expand(input, setter_trait, &attributes, &fields, &mut errors),
        None => specification(input, &attributes, &fields, &mut errors),
    };
    let errors = errors.iter().map(Error::to_compile_error);
    quote!(#(#errors)* #written)
}

fn specification(
    input: &DeriveInput,
    attributes: &StructAttributes,
    fields: &[Field],
    errors: &mut Vec<Error>,
) -> TokenStream {
    let catalog = &attributes.catalog();
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let new = setters::new(fields, catalog);
    let default = setters::default(input, fields);
    let setters = setters::setters(fields, &quote!(pub), &quote!(self), catalog);
    let described = described(input, attributes, fields, errors);
    let blocks = fields.iter().filter_map(|field| {
        let (setter_trait, ident, ty) = (field.flatten.as_ref()?, &field.ident, &field.ty);
        let method = block::method(&setter_trait.segments.last()?.ident);
        Some(quote! {
            impl #generics #setter_trait for #name #arguments #bounds {
                fn #method(&mut self) -> &mut #ty {
                    &mut self.#ident
                }
            }
        })
    });
    let serde = serde(input, catalog);
    quote! {
        #[allow(dead_code, clippy::wrong_self_convention, clippy::should_implement_trait)]
        impl #generics #name #arguments #bounds {
            #new
            #(#setters)*
        }
        #default
        #described
        #(#blocks)*
        #serde
    }
}

fn described(
    input: &DeriveInput,
    attributes: &StructAttributes,
    fields: &[Field],
    errors: &mut Vec<Error>,
) -> TokenStream {
    let catalog = &attributes.catalog();
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let entry = entry(input, attributes, fields, errors);
    let own = quote!(Self::ENTRY.arguments);
    let write = fields.iter().map(|field| field.write(&own, catalog));
    let read = fields.iter().map(|field| field.read(catalog));
    let check = fields.iter().map(|field| field.check(catalog));
    let blocks = fields.iter().filter(|field| field.flatten.is_some()).map(|field| &field.ident);
    let consistent = attributes.check.as_ref().map(|check| quote!((#check)(self)?;));
    let text = attributes.text.as_ref().map(|text| {
        quote! {
            fn text(&self) -> ::std::string::String {
                (#text)(self)
            }
        }
    });
    quote! {
        impl #generics #catalog::Described for #name #arguments #bounds {
            const ENTRY: #catalog::Entry = #entry;

            fn consistent(&self) -> ::core::result::Result<(), ::std::string::String> {
                #(#catalog::derived::Block::consistent(&self.#blocks)?;)*
                #consistent
                ::core::result::Result::Ok(())
            }

            #text

            fn check(&self) -> ::core::result::Result<(), #catalog::ArgumentError> {
                #[allow(unused_variables)]
                let entry = &Self::ENTRY;
                #(#check)*
                #catalog::derived::consistent(self)
            }

            fn arguments(&self) -> #catalog::Map<::std::string::String, #catalog::Value> {
                #[allow(unused_mut)]
                let mut arguments = #catalog::Map::new();
                #(#write)*
                arguments
            }

            fn from_given(
                positional: ::std::vec::Vec<#catalog::Given>,
                named: ::std::vec::Vec<(::std::string::String, #catalog::Given)>,
            ) -> ::core::result::Result<Self, #catalog::ArgumentError> {
                #[allow(unused_variables)]
                let entry = &Self::ENTRY;
                #[allow(unused_mut, unused_variables)]
                let mut arguments = entry.check_given(positional, named)?;
                let spec = Self { #(#read),* };
                #catalog::derived::consistent(&spec)?;
                ::core::result::Result::Ok(spec)
            }
        }
    }
}

/// The entry as a constant expression.
fn entry(
    input: &DeriveInput,
    attributes: &StructAttributes,
    fields: &[Field],
    errors: &mut Vec<Error>,
) -> TokenStream {
    let catalog = &attributes.catalog();
    let docs = Docs::of(&input.attrs);
    let Some(kind) = &attributes.kind else {
        errors.push(Error::new_spanned(
            &input.ident,
            "say what it is: #[spec(layer)], or block = Trait",
        ));
        return quote!(::core::unreachable!());
    };
    if docs.main.paragraphs.is_empty() && attributes.summary.is_none() {
        errors.push(Error::new_spanned(
            &input.ident,
            "a doc comment is wanted: its first paragraph is the summary",
        ));
    }
    let names = names(input, attributes);
    let texts: Vec<Texts> = names.iter().map(|name| Texts::of(&docs, name)).collect();
    let mut pick = |all: Vec<&str>| of_each(input, &all, errors);
    let name = pick(names.iter().map(String::as_str).collect());
    let or =
        |given: &Option<TokenStream>, otherwise: TokenStream| given.clone().unwrap_or(otherwise);
    let summary = pick(texts.iter().map(|texts| texts.summary.as_str()).collect());
    let summary = or(&attributes.summary, summary);
    let details = pick(texts.iter().map(|texts| texts.details.as_str()).collect());
    let details = or(&attributes.details, details);
    let example = pick(texts.iter().map(|texts| texts.example.as_str()).collect());
    let example = or(&attributes.example, example);
    let aliases = aliases(input, attributes);
    let arguments = fields::arguments(fields, catalog);
    let positional = or(&attributes.positional, quote!(usize::MAX));
    quote! {
        #catalog::Entry {
            kind: #catalog::Kind::#kind,
            name: #name,
            aliases: #aliases,
            summary: #summary,
            details: #details,
            arguments: #arguments,
            positional: #positional,
            example: #example,
        }
    }
}

/// The names: one, or one for each value of a const parameter.
fn names(input: &DeriveInput, attributes: &StructAttributes) -> Vec<String> {
    match (&attributes.name, &attributes.names[..]) {
        (Some(name), _) => vec![name.value()],
        (None, []) => vec![snake_case(&input.ident.to_string())],
        (None, names) => names.iter().map(|name| name.value()).collect(),
    }
}

/// A text, or the one of a list that belongs to the const parameter's value.
fn of_each(input: &DeriveInput, texts: &[&str], errors: &mut Vec<Error>) -> TokenStream {
    match (texts, const_parameter(input)) {
        ([one], _) => quote!(#one),
        (all, Some(parameter)) => quote!([#(#all),*][#parameter - 1]),
        (_, None) => {
            errors.push(Error::new_spanned(
                &input.ident,
                "several names want a const parameter, counted from 1",
            ));
            quote!("")
        }
    }
}

/// The aliases as a constant slice.
fn aliases(input: &DeriveInput, attributes: &StructAttributes) -> TokenStream {
    let StructAttributes { aliases, aliases_of_each, .. } = attributes;
    match const_parameter(input) {
        Some(parameter) if !aliases_of_each.is_empty() => {
            let each = aliases_of_each.iter().map(|aliases| quote!(&[#(#aliases),*] as &[&str]));
            quote!([#(#each),*][#parameter - 1])
        }
        _ => quote!(&[#(#aliases),*]),
    }
}

/// The help of one of several names: the paragraphs under its own heading come before the shared ones.
struct Texts {
    summary: String,
    details: String,
    example: String,
}

impl Texts {
    fn of(docs: &Docs, name: &str) -> Self {
        let Section { paragraphs, example } = docs.section(name);
        let mut all = paragraphs.into_iter().chain(docs.main.paragraphs.iter().cloned());
        let summary = all.next().unwrap_or_default();
        Texts {
            summary: summary.strip_suffix('.').unwrap_or(&summary).to_string(),
            details: all.collect::<Vec<_>>().join("\n\n"),
            example: if example.is_empty() { docs.main.example.clone() } else { example },
        }
    }
}

fn const_parameter(input: &DeriveInput) -> Option<&syn::Ident> {
    input.generics.params.iter().find_map(|parameter| match parameter {
        GenericParam::Const(parameter) => Some(&parameter.ident),
        _ => None,
    })
}

/// Reading and writing as JSON, and text that parses back.
fn serde(input: &DeriveInput, catalog: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let mut with_lifetime = input.generics.clone();
    with_lifetime.params.insert(0, syn::parse_quote!('de));
    let (reading, _, _) = with_lifetime.split_for_impl();
    quote! {
        impl #generics #catalog::serde::Serialize for #name #arguments #bounds {
            fn serialize<__S: #catalog::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                #catalog::serde::Serialize::serialize(&#catalog::Described::arguments(self), serializer)
            }
        }

        impl #reading #catalog::serde::Deserialize<'de> for #name #arguments #bounds {
            fn deserialize<__D: #catalog::serde::Deserializer<'de>>(
                deserializer: __D,
            ) -> ::core::result::Result<Self, __D::Error> {
                let arguments = #catalog::serde::Deserialize::deserialize(deserializer)?;
                #catalog::Described::from_record(arguments).map_err(#catalog::serde::de::Error::custom)
            }
        }

        impl #generics ::core::str::FromStr for #name #arguments #bounds {
            type Err = #catalog::ArgumentError;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                #catalog::derived::from_text(text)
            }
        }

        impl #generics ::core::fmt::Display for #name #arguments #bounds {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(&#catalog::Described::text(self))
            }
        }
    }
}

/// LeakyRelu as leaky_relu.
pub fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
