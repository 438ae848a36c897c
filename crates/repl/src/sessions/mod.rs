//! What a session keeps of itself: its history, the statements that took effect, settings, arguments of scripts.

pub(crate) mod arguments;
mod autosave;
mod changing;
mod check;
mod journal;
mod kept_runs;
mod kept_value;
mod lost;
mod memory;
mod pattern;
mod recording;
mod running;
mod settings;
mod size;
mod together;
mod training_keeper;
mod transcript;
mod unnamed;

pub use arguments::ScriptArgument;
pub use settings::{Settings, settings_file};
pub use together::shared_text;

pub(crate) use autosave::Autosave;
pub(crate) use journal::{Entry, Journal};
pub(crate) use kept_runs::KeptRuns;
pub(crate) use lost::Lost;
pub(crate) use memory::{memory_text, parse_memory};
pub(crate) use pattern::matches;
pub(crate) use recording::{HEAD, fingerprint_text, recording};
pub(crate) use running::literal;
pub(crate) use settings::{Color, Digits, ProgressMode, Style};
pub(crate) use size::{dims, memory, shape};
pub(crate) use together::Ending;
pub(crate) use training_keeper::TrainingKeeper;
pub(crate) use transcript::{TRANSCRIPT, Transcript};
