//! Texts as numbers: tokens, vocabularies, sequences of one length, bags of words.
//!
//! ```rust
//! use relume_datasets::text::{Side, Tokenizer, Vocabulary, fit_length};
//!
//! let texts = ["A good film.<br />Good!", "Not good at all"];
//! let tokenizer = Tokenizer::default();
//! let vocabulary = Vocabulary::fit(texts, &tokenizer, Some(20_000), 1);
//! assert_eq!(vocabulary.word(2), Some("good"));
//!
//! let mut ids = Vec::new();
//! vocabulary.encode(&tokenizer, "Good actors", &mut ids);
//! assert_eq!(ids, [2, 1]);
//!
//! let mut row = [0; 4];
//! fit_length(&ids, &mut row, Side::Pre, Side::Pre);
//! assert_eq!(row, [0, 0, 2, 1]);
//! ```

mod bag;
mod html;
mod sequence;
mod tokenizer;
mod vocabulary;
mod words;

pub use bag::{TfIdf, counts};
pub use sequence::{Side, fit_length, unpadded};
pub use tokenizer::{Punctuation, Tokenizer, Tokens, Unit};
pub use vocabulary::{PADDING, UNKNOWN, Vocabulary};
