//! Construction in Rust: the types of parameters, and setters.

use crate::fields::Field;
use crate::types::Shape;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// The type of a parameter for a field of type `ty`, and the field's value made from `value`.
pub fn parameter(
    ty: &Type,
    value: TokenStream,
    catalog: &TokenStream,
) -> (TokenStream, TokenStream) {
    match Shape::of(ty) {
        Shape::Optional(inner) => {
            let (parameter, value) = parameter(inner, value, catalog);
            (parameter, quote!(::core::option::Option::Some(#value)))
        }
        Shape::Boxed(inner) => {
            let (parameter, value) = parameter(inner, value, catalog);
            (parameter, quote!(::std::boxed::Box::new(#value)))
        }
        Shape::Whole | Shape::Real | Shape::Boolean | Shape::Reals => (quote!(#ty), value),
        Shape::Sizes(axes) => (
            quote!(impl #catalog::IntoSizes<{ #axes }>),
            quote!(#catalog::IntoSizes::into_sizes(#value)),
        ),
        Shape::List(item) => match Shape::of(item) {
            Shape::Whole | Shape::Real | Shape::Boolean => {
                (quote!(impl ::core::convert::Into<#ty>), quote!(#value.into()))
            }
            _ => (
                quote!(impl ::core::iter::IntoIterator<Item = impl ::core::convert::Into<#item>>),
                quote!(#value.into_iter().map(::core::convert::Into::into).collect()),
            ),
        },
        Shape::Text | Shape::Other => {
            (quote!(impl ::core::convert::Into<#ty>), quote!(#value.into()))
        }
    }
}

/// `new` with the required arguments.
pub fn new(fields: &[Field], catalog: &TokenStream) -> TokenStream {
    let (required, others): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| field.is_required());
    let parameters = required.iter().map(|field| {
        let ident = &field.ident;
        let (ty, _) = parameter(&field.ty, quote!(#ident), catalog);
        quote!(#ident: #ty)
    });
    let given = required.iter().map(|field| {
        let ident = &field.ident;
        let (_, value) = parameter(&field.ty, quote!(#ident), catalog);
        quote!(#ident: #value)
    });
    let defaults = others.iter().map(|field| {
        let (ident, value) = (&field.ident, &field.default.value);
        quote!(#ident: #value)
    });
    let doc = match (required.len(), others.len()) {
        (_, 0) => "With these arguments.",
        (0, _) => "With its defaults.",
        _ => "With defaults for everything else.",
    };
    quote! {
        #[doc = #doc]
        #[allow(clippy::too_many_arguments)]
        pub fn new(#(#parameters),*) -> Self {
            Self { #(#given,)* #(#defaults,)* }
        }
    }
}

/// `Default`, if nothing is required.
pub fn default(input: &syn::DeriveInput, fields: &[Field]) -> TokenStream {
    if fields.iter().any(Field::is_required) {
        return TokenStream::new();
    }
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::core::default::Default for #name #arguments #bounds {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}

/// A setter for each field that is not a block; `place` is the expression that has the field.
pub fn setters(
    fields: &[Field],
    visibility: &TokenStream,
    place: &TokenStream,
    catalog: &TokenStream,
) -> Vec<TokenStream> {
    let setter = |field: &Field| {
        let (ident, docs) = (&field.ident, &field.docs);
        let (ty, value) = parameter(&field.ty, quote!(#ident), catalog);
        quote! {
            #(#docs)*
            #[must_use]
            #visibility fn #ident(mut self, #ident: #ty) -> Self {
                #place.#ident = #value;
                self
            }
        }
    };
    fields.iter().filter(|field| field.flatten.is_none()).map(setter).collect()
}
