//! The fraction of samples whose labels are all right.

use super::label_results::is_predicted;
use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The fraction of samples whose labels are all right: for several labels in each sample.
///
/// A label is predicted from a probability of 0.5 on. As a function: of probabilities `[samples, labels]`, and of 0 and
/// 1 of the same shape. scikit-learn's `accuracy_score` of such targets.
///
/// ```relume
/// subset_accuracy([[0.9, 0.2], [0.4, 0.7]], [[1, 0], [1, 1]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct SubsetAccuracy {}

impl Metric for SubsetAccuracy {
    fn input(&self) -> InputKind {
        InputKind::MultiLabels
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn is_percentage(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.only_labels(Self::ENTRY.name)?;
        Ok(MetricValue::Number(
            results.mean(|scores, targets| f64::from(are_right(scores, targets))),
        ))
    }
}

/// Whether all labels of a sample are right.
pub(crate) fn are_right(scores: &[f64], targets: &[bool]) -> bool {
    scores.iter().zip(targets).all(|(&score, &target)| is_predicted(score) == target)
}
