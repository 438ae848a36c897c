#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod attributes;
mod block;
mod choice;
mod docs;
mod fields;
mod setters;
mod spec;
mod types;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Writes a specification's entry, construction, checks, text and JSON from its documented struct: see the page of this
/// crate.
#[proc_macro_derive(Spec, attributes(spec))]
pub fn derive_spec(input: TokenStream) -> TokenStream {
    spec::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// Writes the words of an enum, and the values that it may hold instead, as the type of an argument: see the page of
/// this crate.
#[proc_macro_derive(Choice, attributes(spec))]
pub fn derive_choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    choice::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
