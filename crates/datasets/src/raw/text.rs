//! Raw texts.

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
