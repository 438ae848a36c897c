//! How many changes lead from one sequence to another, and the sequence that a network's outputs spell.

use super::{Figure, MetricError};
use crate::predicted;

/// The fewest replacements, insertions and deletions that make `truth` of `said` (V. Levenshtein, 1966).
pub fn edit_distance<T: PartialEq>(said: &[T], truth: &[T]) -> usize {
    // The distances of what has been read of `said` to every beginning of `truth`.
    let mut row: Vec<usize> = (0..=truth.len()).collect();
    for (i, own) in said.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in truth.iter().enumerate() {
            let replaced = diagonal + usize::from(own != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[truth.len()]
}

/// The labels that a sample's outputs `[time, classes]` spell: the likeliest class of each step, repetitions taken as one,
/// blanks left out.
pub fn best_path(outputs: &[f32], classes: usize, blank: usize) -> Vec<usize> {
    let steps = outputs.chunks_exact(classes.max(1));
    let mut path: Vec<usize> = steps.map(|row| predicted(row, 0.5)).collect();
    path.dedup();
    path.retain(|&class| class != blank);
    path
}

/// All edits over the length of all true sequences.
pub(super) fn error_rate<T: PartialEq>(
    metric: &'static str,
    said: impl Iterator<Item = Vec<T>>,
    truth: impl Iterator<Item = Vec<T>>,
) -> Result<Figure, MetricError> {
    let (mut edits, mut length) = (0, 0);
    for (said, truth) in said.zip(truth) {
        edits += edit_distance(&said, &truth);
        length += truth.len();
    }
    match length {
        0 => {
            Err(MetricError::Undefined { metric, problem: "the true texts are empty".to_string() })
        }
        _ => Ok(Figure::Number(edits as f64 / length as f64)),
    }
}
