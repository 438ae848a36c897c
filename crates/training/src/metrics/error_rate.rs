//! The label error rate, averaged over samples.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue, edit_distance};
use relume_catalog::{Described, Spec};

/// How many labels of a sample must be replaced, inserted or deleted, per label; the mean over samples.
///
/// The mean over samples of edit distance / number of true labels: short samples have the same weight as long ones,
/// while character_error_rate divides the sum of all edits by all labels. It is shown when a network is trained with
/// ctc. For texts: over their characters, without spaces at both ends. As a function: of a predicted and a true text,
/// or lists of them.
///
/// ```relume
/// error_rate(["kitten", "cat"], ["sitting", "cat"])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct ErrorRate {}

impl Metric for ErrorRate {
    fn input(&self) -> InputKind {
        InputKind::Texts
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        input.check_lengths(metric)?;
        let letters = |text: &String| text.trim().chars().collect::<Vec<char>>();
        match input {
            MetricInput::Texts { predicted, targets } => {
                mean(predicted.iter().map(letters).zip(targets.iter().map(letters)))
            }
            MetricInput::Labels { predicted, targets } => mean(predicted.iter().zip(targets)),
            other => {
                let wanted = InputKind::Texts.name();
                return Err(MetricError::Kind { metric, wanted, given: other.kind() });
            }
        }
        .map(MetricValue::Number)
        .ok_or_else(|| MetricError::Undefined {
            metric,
            problem: "there are no samples".to_string(),
        })
    }
}

/// The edits of a sample per true label; for a sample without labels, the edits themselves.
fn rate<T: PartialEq>(predicted: &[T], target: &[T]) -> f64 {
    edit_distance(predicted, target) as f64 / target.len().max(1) as f64
}

/// The mean of the samples' rates; `None` without samples.
fn mean<T: PartialEq, S: AsRef<[T]>>(pairs: impl Iterator<Item = (S, S)>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0);
    for (predicted, target) in pairs {
        sum += rate(predicted.as_ref(), target.as_ref());
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}
