//! What the fuzz targets do with a text or a file. Ordinary tests of the workspace do the same with all of the corpus.

pub mod checkpoints;
mod language;
pub mod readers;

pub use language::{evaluator, parser};
