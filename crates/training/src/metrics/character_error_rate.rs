//! The character error rate.

use super::edit_distance::error_rate;
use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// How many characters must be replaced, inserted or deleted, per character of the true text.
///
/// The edit distance of all texts divided by the number of true characters; above 1 with many insertions. Spaces at
/// both ends do not count. For rows of labels, the label error rate. As a function: of a predicted and a true text, or
/// lists of them.
///
/// ```relume
/// character_error_rate("kitten", "sitting")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, aliases = ["cer"])]
pub struct CharacterErrorRate {}

impl Metric for CharacterErrorRate {
    fn input(&self) -> InputKind {
        InputKind::Texts
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        input.check_lengths(metric)?;
        match input {
            MetricInput::Texts { predicted, targets } => {
                let letters = |text: &String| text.trim().chars().collect::<Vec<char>>();
                error_rate(metric, predicted.iter().map(letters), targets.iter().map(letters))
            }
            MetricInput::Labels { predicted, targets } => {
                error_rate(metric, predicted.iter().cloned(), targets.iter().cloned())
            }
            other => Err(MetricError::Kind { metric, wanted: "texts", given: other.kind() }),
        }
    }
}
