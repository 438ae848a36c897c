//! Texts as numbers: files, tokens, vocabularies.

mod files;
mod html;
mod tokenizer;
mod vocabulary;
mod words;

pub use crate::sources::folder::{Folder, Found};
pub use files::{Encoding, folder, read_text};
pub use tokenizer::{Punctuation, Tokenizer, Tokens, Unit};
pub use vocabulary::{PADDING, UNKNOWN, Vocabulary};
