//! The coefficient of determination.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};
use relume_tensor::Tensor;

/// The explained share of the targets' variance: 1 is all of it, 0 no more than the mean explains.
///
/// R2 = 1 - sum (t - p)^2 / sum (t - mean t)^2; below 0 if predictions are worse than the mean. For several outputs,
/// the mean. For a target that does not vary: 1 if it was predicted exactly, 0 if not.
///
/// ```relume
/// r2([1, 2, 4], [1, 2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct R2 {}

impl Metric for R2 {
    fn input(&self) -> InputKind {
        InputKind::Values
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        let [predicted, targets] = input.values(metric)?;
        let width = if predicted.rank() > 1 { predicted.shape().tail(1).count() } else { 1 };
        let samples = predicted.count() / width;
        if samples < 2 {
            let problem = "it takes two samples at least".to_string();
            return Err(MetricError::Undefined { metric, problem });
        }
        let at = |tensor: &Tensor, i: usize| f64::from(tensor.data()[i]);
        let explained = |column: usize| {
            let places = || (0..samples).map(|row| row * width + column);
            let mean = places().map(|i| at(targets, i)).sum::<f64>() / samples as f64;
            let rest: f64 = places().map(|i| (at(targets, i) - at(predicted, i)).powi(2)).sum();
            let spread: f64 = places().map(|i| (at(targets, i) - mean).powi(2)).sum();
            match spread == 0.0 {
                true if rest == 0.0 => 1.0,
                true => 0.0,
                false => 1.0 - rest / spread,
            }
        };
        Ok(MetricValue::Number((0..width).map(explained).sum::<f64>() / width as f64))
    }
}
