//! The edit distance of two sequences, and the greedy decoding of a network's outputs.

use super::{MetricError, MetricValue, argmax};

/// The fewest replacements, insertions and deletions that turn `predicted` into `targets` (V. Levenshtein, 1966).
pub fn edit_distance<T: PartialEq>(predicted: &[T], targets: &[T]) -> usize {
    // The distances of the part of `predicted` read so far to every prefix of `targets`.
    let mut row: Vec<usize> = (0..=targets.len()).collect();
    for (i, own) in predicted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in targets.iter().enumerate() {
            let replaced = diagonal + usize::from(own != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[targets.len()]
}

/// The labels that a sample's outputs `[time, classes]` spell: the likeliest class of each step, repetitions taken as
/// one, blanks left out.
pub fn best_path(outputs: &[f32], classes: usize, blank: usize) -> Vec<usize> {
    let steps = outputs.chunks_exact(classes.max(1));
    let mut path: Vec<usize> = steps.map(argmax).collect();
    path.dedup();
    path.retain(|&class| class != blank);
    path
}

/// All edits divided by the length of all true sequences.
pub(super) fn error_rate<T: PartialEq>(
    metric: &'static str,
    predicted: impl Iterator<Item = Vec<T>>,
    targets: impl Iterator<Item = Vec<T>>,
) -> Result<MetricValue, MetricError> {
    let (mut edits, mut length) = (0, 0);
    for (predicted, targets) in predicted.zip(targets) {
        edits += edit_distance(&predicted, &targets);
        length += targets.len();
    }
    match length {
        0 => {
            Err(MetricError::Undefined { metric, problem: "the true texts are empty".to_string() })
        }
        _ => Ok(MetricValue::Number(edits as f64 / length as f64)),
    }
}
