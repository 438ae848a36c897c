//! The mean absolute error.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The mean absolute difference from the targets.
///
/// In the unit of the targets.
///
/// ```relume
/// mae([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, name = "mae")]
pub struct MeanAbsoluteError {}

impl Metric for MeanAbsoluteError {
    fn input(&self) -> InputKind {
        InputKind::Values
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let [predicted, targets] = input.values(Self::ENTRY.name)?;
        let pairs = predicted.data().iter().zip(targets.data());
        let sum: f64 = pairs.map(|(y, t)| (f64::from(*y) - f64::from(*t)).abs()).sum();
        Ok(MetricValue::Number(sum / predicted.count() as f64))
    }
}
