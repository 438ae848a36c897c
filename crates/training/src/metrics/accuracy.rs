//! The share of correct predictions.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The share of samples whose class was predicted correctly.
///
/// As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.
///
/// ```relume
/// accuracy([1, 0, 1], [1, 1, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct Accuracy {}

impl Metric for Accuracy {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.classes(Self::ENTRY.name)?;
        let right = results
            .predicted
            .iter()
            .zip(&results.targets)
            .filter(|(predicted, targets)| predicted == targets);
        Ok(MetricValue::Number(right.count() as f64 / results.targets.len() as f64))
    }

    fn is_percentage(&self) -> bool {
        true
    }
}
