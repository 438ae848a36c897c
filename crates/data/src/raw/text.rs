//! Texts as such.

use crate::text::{PADDING, Tokenizer, Vocabulary};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Which end of a long text is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truncate {
    /// The beginning.
    Pre,
    /// The end.
    #[default]
    Post,
}

/// How a text becomes a row of indices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawText {
    /// What its tokens are.
    pub tokenizer: Tokenizer,
    /// The tokens' indices.
    pub vocabulary: Vocabulary,
    /// How many indices there are: a shorter text is padded at its end, a longer one cut.
    pub length: usize,
    /// Where a longer one is cut.
    pub truncate: Truncate,
}

impl RawText {
    /// A text's indices `[length]`.
    pub fn sample(&self, text: &str) -> Tensor {
        let mut sample = Tensor::stale(self.length);
        self.fill(text, &mut Vec::new(), sample.data_mut());
        sample
    }

    /// Puts a text's indices into `out`, which has room for `length`; `ids` is a buffer.
    pub(crate) fn fill(&self, text: &str, ids: &mut Vec<u32>, out: &mut [f32]) {
        ids.clear();
        self.vocabulary.encode(&self.tokenizer, text, ids);
        let first = match self.truncate {
            Truncate::Pre => ids.len().saturating_sub(out.len()),
            Truncate::Post => 0,
        };
        let kept = ids[first..].iter().copied().chain(std::iter::repeat(PADDING));
        out.iter_mut().zip(kept).for_each(|(out, id)| *out = id as f32);
    }
}
