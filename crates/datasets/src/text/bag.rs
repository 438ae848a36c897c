//! Texts as bags of words: how often each word occurs, in any order.

use super::{PADDING, UNKNOWN};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};

/// Counts how often each index of a vocabulary occurs in a text, into a row of the vocabulary's length.
///
/// As in scikit-learn's CountVectorizer, words outside the vocabulary do not count: padding and the unknown word have
/// 0.
pub fn counts(ids: &[u32], row: &mut [f32]) {
    row.fill(0.0);
    for &id in ids.iter().filter(|&&id| is_word(id)) {
        if let Some(count) = row.get_mut(id as usize) {
            *count += 1.0;
        }
    }
}

fn is_word(id: u32) -> bool {
    id != PADDING && id != UNKNOWN
}

/// Weights by which rare words count more than common ones (term frequency, inverse document frequency), as in
/// scikit-learn's TfidfVectorizer: count * (ln((1 + texts) / (1 + texts with the word)) + 1), and then each text is
/// scaled to length 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TfIdf {
    /// The weight of each index, `[vocabulary]`; 0 for padding and the unknown word.
    pub idf: Vec<f32>,
}

impl TfIdf {
    /// The weights of a vocabulary of `vocabulary` indices by the sequences of some texts.
    pub fn fit<'a>(texts: impl IntoIterator<Item = &'a [u32]>, vocabulary: usize) -> Self {
        // For each word the number of the last text with it, and of all texts with it.
        let mut seen = vec![(0_usize, 0_usize); vocabulary];
        let mut all = 0;
        for ids in texts {
            all += 1;
            for &id in ids {
                if let Some((last, with)) = seen.get_mut(id as usize)
                    && *last != all
                {
                    *last = all;
                    *with += 1;
                }
            }
        }
        let weight = |(id, (_, with)): (u32, (usize, usize))| match is_word(id) {
            true => (((1.0 + all as f64) / (1.0 + with as f64)).ln() + 1.0) as f32,
            false => 0.0,
        };
        TfIdf { idf: (0..).zip(seen).map(weight).collect() }
    }

    /// Weighs a row of [`counts`] and scales it to length 1; one without words stays 0.
    pub fn weigh(&self, row: &mut [f32]) {
        let width = row.len().min(self.idf.len());
        let (own, rest) = row.split_at_mut(width);
        rest.fill(0.0);
        simd::map2_in_place(own, &self.idf[..width], |count, idf| count * idf);
        let length = simd::dot(own, own).sqrt();
        if length > 0.0 {
            simd::map_in_place(own, |x| x / length);
        }
    }
}
