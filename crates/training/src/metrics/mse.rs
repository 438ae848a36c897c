//! The mean squared error.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The mean squared difference from the targets.
///
/// ```relume
/// mse([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, name = "mse")]
pub struct MeanSquaredError {}

impl Metric for MeanSquaredError {
    fn input(&self) -> InputKind {
        InputKind::Values
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let [predicted, targets] = input.values(Self::ENTRY.name)?;
        let pairs = predicted.data().iter().zip(targets.data());
        let sum: f64 = pairs.map(|(y, t)| (f64::from(*y) - f64::from(*t)).powi(2)).sum();
        Ok(MetricValue::Number(sum / predicted.count() as f64))
    }
}
