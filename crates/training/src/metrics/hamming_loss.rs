//! The fraction of labels that are wrong.

use super::label_results::is_predicted;
use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The fraction of labels that are wrong: for several labels in each sample.
///
/// A label is predicted from a probability of 0.5 on. As a function: of probabilities `[samples, labels]`, and of 0 and
/// 1 of the same shape.
///
/// ```relume
/// hamming_loss([[0.9, 0.2], [0.4, 0.7]], [[1, 0], [1, 1]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct HammingLoss {}

impl Metric for HammingLoss {
    fn input(&self) -> InputKind {
        InputKind::MultiLabels
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.only_labels(Self::ENTRY.name)?;
        let wrong = |scores: &[f64], targets: &[bool]| {
            let labels = scores.iter().zip(targets);
            let wrong = labels.filter(|&(&score, &target)| is_predicted(score) != target).count();
            wrong as f64 / scores.len() as f64
        };
        Ok(MetricValue::Number(results.mean(wrong)))
    }
}
