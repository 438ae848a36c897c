//! The word error rate.

use super::edit_distance::error_rate;
use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// How many words must be replaced, inserted or deleted, per word of the true text.
///
/// The edit distance of all texts divided by the number of true words; above 1 with many insertions. Words are
/// separated by spaces. As a function: of a predicted and a true text, or lists of them.
///
/// ```relume
/// word_error_rate("the cat sat", "the cat sat down")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, aliases = ["wer"])]
pub struct WordErrorRate {
    /// The label that separates words, if texts are rows of labels.
    pub separator: Option<usize>,
}

impl Metric for WordErrorRate {
    fn input(&self) -> InputKind {
        InputKind::Texts
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        input.check_lengths(metric)?;
        match input {
            MetricInput::Texts { predicted, targets } => {
                let words = |text: &String| -> Vec<String> {
                    text.split_whitespace().map(str::to_string).collect()
                };
                error_rate(metric, predicted.iter().map(words), targets.iter().map(words))
            }
            MetricInput::Labels { predicted, targets } => {
                let Some(separator) = self.separator else {
                    let problem = "say which label stands between words: separator=".to_string();
                    return Err(MetricError::Undefined { metric, problem });
                };
                let words = |row: &Vec<usize>| -> Vec<Vec<usize>> {
                    let parts = row.split(|&label| label == separator);
                    parts.filter(|word| !word.is_empty()).map(<[usize]>::to_vec).collect()
                };
                error_rate(metric, predicted.iter().map(words), targets.iter().map(words))
            }
            other => Err(MetricError::Kind { metric, wanted: "texts", given: other.kind() }),
        }
    }
}
