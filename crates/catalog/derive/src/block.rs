//! `#[spec(block = Trait)]`: options that several specifications share, with a trait of setters.

use crate::attributes::StructAttributes;
use crate::fields::{self, Field};
use crate::{setters, spec::snake_case, types};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{DeriveInput, Error};

/// The method of a setter trait that returns the block.
pub fn method(setter_trait: &Ident) -> Ident {
    types::ident(&format!("{}_mut", snake_case(&setter_trait.to_string())))
}

pub fn expand(
    input: &DeriveInput,
    setter_trait: &Ident,
    attributes: &StructAttributes,
    fields: &[Field],
    errors: &mut Vec<Error>,
) -> TokenStream {
    let catalog = &attributes.catalog();
    let name = &input.ident;
    if let Some(field) = fields.iter().find(|field| field.is_required()) {
        errors.push(Error::new_spanned(&field.ident, "shared options have defaults"));
    }
    if !input.generics.params.is_empty() {
        errors.push(Error::new_spanned(&input.generics, "a block of options has no parameters"));
    }
    let described = block(name, attributes, fields);
    let defaults = fields.iter().map(|field| {
        let (ident, value) = (&field.ident, &field.default.value);
        quote!(#ident: #value)
    });
    let (visibility, method) = (&input.vis, method(setter_trait));
    let place = quote!(self.#method());
    let setters = setters::setters(fields, &TokenStream::new(), &place, catalog);
    let doc = format!("Setters of [`{name}`].");
    let gives = format!("The [`{name}`] among the options.");
    quote! {
        #described

        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self { #(#defaults),* }
            }
        }

        #[doc = #doc]
        #visibility trait #setter_trait: Sized {
            #[doc = #gives]
            fn #method(&mut self) -> &mut #name;

            #(#setters)*
        }

        impl #setter_trait for #name {
            fn #method(&mut self) -> &mut #name {
                self
            }
        }
    }
}

fn block(name: &Ident, attributes: &StructAttributes, fields: &[Field]) -> TokenStream {
    let catalog = &attributes.catalog();
    let arguments = fields::arguments(fields, catalog);
    let own = quote!(own);
    let write = fields.iter().map(|field| field.write(&own, catalog));
    let read = fields.iter().map(|field| field.read(catalog));
    let check = fields.iter().map(|field| field.check(catalog));
    let consistent = attributes.check.as_ref().map(|check| {
        quote! {
            fn consistent(&self) -> ::core::result::Result<(), ::std::string::String> {
                (#check)(self)
            }
        }
    });
    let map = quote!(#catalog::Map<::std::string::String, #catalog::Value>);
    let parameter = format_ident!("arguments");
    quote! {
        impl #catalog::derived::Block for #name {
            const ARGUMENTS: &'static [#catalog::Argument] = #arguments;

            #[allow(unused_variables)]
            fn write(&self, own: &[#catalog::Argument], #parameter: &mut #map) {
                let mut arguments = #parameter;
                #(#write)*
            }

            fn read(
                entry: &#catalog::Entry,
                #parameter: &mut #catalog::Arguments,
            ) -> ::core::result::Result<Self, #catalog::ArgumentError> {
                let mut arguments = #parameter;
                ::core::result::Result::Ok(Self { #(#read),* })
            }

            fn check(&self, entry: &#catalog::Entry) -> ::core::result::Result<(), #catalog::ArgumentError> {
                #(#check)*
                ::core::result::Result::Ok(())
            }

            #consistent
        }
    }
}
