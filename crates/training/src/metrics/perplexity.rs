//! Perplexity.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The number of equally likely classes with the same uncertainty: e to the mean negative log-likelihood.
///
/// 1 if every true class has probability 1; the number of classes for guessing. As a function: of probabilities
/// `[samples, classes]` and the true class indices.
///
/// ```relume
/// perplexity([[0.5, 0.5], [0.9, 0.1]], [1, 0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct Perplexity {}

impl Metric for Perplexity {
    fn input(&self) -> InputKind {
        InputKind::Scores
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        let results = input.scores(metric)?;
        let mut sum = 0.0;
        for (row, (scores, &class)) in results.rows().zip(&results.targets).enumerate() {
            // In this form, a NaN is refused as well.
            if !(0.0..=1.0).contains(&scores[class]) {
                let problem = format!("row {row}: {} is not a probability", scores[class]);
                return Err(MetricError::Undefined { metric, problem });
            }
            sum -= scores[class].ln();
        }
        Ok(MetricValue::Number((sum / results.targets.len() as f64).exp()))
    }
}
