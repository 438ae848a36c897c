//! Raw texts.

use super::{LONGEST, within};
use crate::text::{Side, Tokenizer, Vocabulary, fit_length};
use relume_tensor::Indices;
use serde::{Deserialize, Serialize};

/// How a text becomes a row of indices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawText {
    /// How it is cut into tokens.
    pub tokenizer: Tokenizer,
    /// The tokens' indices.
    pub vocabulary: Vocabulary,
    /// How many indices there are: a shorter text is padded at its end, a longer one cut.
    pub length: usize,
    /// Which end of a longer one is cut off.
    pub truncate: Side,
}

impl RawText {
    /// Checks the length, and that of runs of tokens.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        within("the length of its texts", self.length, 1..=LONGEST)?;
        within("the length of its runs of tokens", self.tokenizer.ngrams, 1..=8)
    }

    /// A text's indices `[length]`.
    pub fn sample(&self, text: &str) -> Indices {
        let mut sample = Indices::uninit(self.length);
        self.fill(text, &mut Vec::new(), sample.data_mut());
        sample
    }

    /// Writes a text's indices into `out`, which has room for `length`; `ids` is a buffer.
    pub fn fill(&self, text: &str, ids: &mut Vec<u32>, out: &mut [u32]) {
        ids.clear();
        self.vocabulary.encode(&self.tokenizer, text, ids);
        fit_length(ids, out, self.truncate, Side::Post);
    }
}
