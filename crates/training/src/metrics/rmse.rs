//! The root of the mean squared error.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};
use relume_tensor::Tensor;

/// The root of the mean squared difference from the targets.
///
/// In the unit of the targets; for several outputs, the mean of their roots, as in scikit-learn.
///
/// ```relume
/// rmse([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, name = "rmse")]
pub struct RootMeanSquaredError {}

impl Metric for RootMeanSquaredError {
    fn input(&self) -> InputKind {
        InputKind::Values
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let [predicted, targets] = input.values(Self::ENTRY.name)?;
        let width = if predicted.rank() > 1 { predicted.shape().tail(1).count() } else { 1 };
        let samples = predicted.count() / width;
        let at = |tensor: &Tensor, i: usize| f64::from(tensor.data()[i]);
        let root = |column: usize| {
            let places = (0..samples).map(|row| row * width + column);
            let squares = places.map(|i| (at(predicted, i) - at(targets, i)).powi(2));
            (squares.sum::<f64>() / samples as f64).sqrt()
        };
        Ok(MetricValue::Number((0..width).map(root).sum::<f64>() / width as f64))
    }
}
