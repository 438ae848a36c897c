//! Texts as numbers: files, tokens, vocabularies, sequences of one length, word vectors, bags of words.

mod files;

pub use crate::sources::folder::{Folder, Found};
pub use files::{Encoding, folder, read_text};
