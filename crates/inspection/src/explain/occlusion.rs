//! By how much a score falls without a part of the sample.

use super::scores::Scores;
use relume_tensor::{Array, Indices, Tensor};
use relume_training::TrainError;

/// Pictures are cut into so many parts along each side.
const PARTS: usize = 8;

/// The fall of the score for each number, or for each word: numbers of one part have the same.
pub(super) fn values(scores: &Scores) -> Result<Tensor, TrainError> {
    match (&scores.sample, &scores.reference) {
        (Array::Tensor(sample), Some(reference)) => {
            let part = parts(sample);
            let count = part.iter().max().map_or(0, |last| last + 1);
            let falls = falls(scores, count, |hidden| {
                let own = |i: usize| match part[i] == hidden {
                    true => reference.data()[i],
                    false => sample.data()[i],
                };
                Tensor::from_fn(sample.shape(), own).into()
            })?;
            Ok(Tensor::from_fn(sample.shape(), |i| falls[part[i]] as f32))
        }
        (Array::Indices(words), _) => {
            let falls = falls(scores, words.count(), |hidden| {
                let own = |i: usize| if i == hidden { 0 } else { words.data()[i] };
                Indices::from_fn(words.shape(), own).into()
            })?;
            Ok(Tensor::from_fn(words.shape(), |i| falls[i] as f32))
        }
        (Array::Tensor(sample), None) => Ok(Tensor::zeros(sample.shape())),
    }
}

/// The falls of the score for variants of the sample.
fn falls(
    scores: &Scores,
    count: usize,
    variant: impl Fn(usize) -> Array,
) -> Result<Vec<f64>, TrainError> {
    let mut falls = Vec::with_capacity(count);
    for hidden in 0..count {
        falls.push(scores.score - scores.of_variant(&variant(hidden))?);
    }
    Ok(falls)
}

/// The part of each number of a sample `[1, ...]`: a patch of a picture, a step of a sequence, or the number itself.
fn parts(sample: &Tensor) -> Vec<usize> {
    let count = sample.count();
    match *sample.dims() {
        [1, _, height, width] => {
            let [tall, wide] = [height, width].map(|side| side.div_ceil(PARTS).max(1));
            let across = width.div_ceil(wide);
            let part = |i: usize| (i / width % height) / tall * across + i % width / wide;
            (0..count).map(part).collect()
        }
        [1, _, features] => (0..count).map(|i| i / features.max(1)).collect(),
        _ => (0..count).collect(),
    }
}
