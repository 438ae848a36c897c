#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod commands;
mod diagnostic;
mod eval;
mod failure;
mod output;
mod progress;
mod prompt;
mod reference;
mod session;
mod show;
pub mod syntax;
mod tables;
mod value;

pub use commands::verbs;
pub use diagnostic::Diagnostic;
pub use failure::{ExitCode, Failure};
pub use output::Output;
pub use prompt::run_prompt;
pub use reference::{ReferencePage, reference_page, reference_pages};
pub use session::{Session, Source};
pub use tables::Spec;
pub use value::Value;
