#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod argument;
mod check;
#[doc(hidden)]
pub mod derived;
mod describe;
mod entry;
mod field;
mod given;
mod help;
mod parse;
#[doc(hidden)]
pub mod record;
mod registry;
mod skipped;
mod suggest;
pub mod syntax;
mod table;
mod text;

pub use argument::{Argument, Default, Literal, Type};
pub use check::{ArgumentError, Place, Problem};
pub use describe::Described;
pub use entry::{Entry, Kind};
pub use field::{Field, FieldError, IntoSizes};
pub use given::{Arguments, Built, Given};
pub use help::{reference_section, sentence, usage};
pub use parse::{Call, literal, parse_call};
pub use registry::{Custom, Outside, RegistrationError, Registry};
pub use relume_catalog_derive::{Choice, Spec};
pub use skipped::{skip_unknown, skipping_unknown};
pub use suggest::nearest;
pub use text::{
    call_text, count_text, counted, counted_as, decimals, number_text, rounded, value_text,
};

#[doc(hidden)]
pub use serde;
pub use serde_json::{Map, Value};
