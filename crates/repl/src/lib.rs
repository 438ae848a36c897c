#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod answers;
mod caught;
mod colours;
mod commands;
mod completion;
mod data_facts;
mod diagnostic;
mod eval;
mod failure;
mod function;
mod habits;
mod json;
mod lines;
mod looked_into;
mod names;
mod output;
mod progress;
mod prompt;
mod record;
mod reference;
mod session;
mod sessions;
mod show;
mod signals;
pub mod syntax;
mod tables;
mod text;
mod undo;
mod value;

pub use caught::keep_panics;
pub use commands::verbs;
pub use diagnostic::Diagnostic;
pub use failure::{CallPlace, ExitCode, Failure, FailureKind, Trace};
pub use function::Function;
pub use json::JsonOutput;
pub use output::{Captured, Output};
pub use prompt::run_prompt;
pub use record::Record;
pub use reference::{ReferencePage, reference_page, reference_pages};
pub use session::Session;
pub use sessions::{ScriptArgument, Settings, settings_file};
pub use signals::handle_signals;
pub use tables::Spec;
pub use text::{Source, Text, decoded, script_text};
pub use value::Value;
