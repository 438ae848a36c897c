//! The root of the mean squared error.

use super::{Answers, Figure, Measure, MetricError, Reads};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The root of the mean squared error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RootMeanSquaredError {}

impl Described for RootMeanSquaredError {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "rmse",
        aliases: &[],
        summary: "the root of the mean squared difference from the targets",
        details: "In the targets' own unit; of several outputs, the mean of their roots, as in scikit-learn.",
        arguments: &[],
        example: "rmse([1, 2], [1, 4])",
    };
}

impl Measure for RootMeanSquaredError {
    fn reads(&self) -> Reads {
        Reads::Values
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let [said, truth] = answers.values(Self::ENTRY.name)?;
        let width = if said.rank() > 1 { said.shape().tail(1).count() } else { 1 };
        let samples = said.count() / width;
        let at = |tensor: &Tensor, i: usize| f64::from(tensor.data()[i]);
        let root = |column: usize| {
            let places = (0..samples).map(|row| row * width + column);
            let squares = places.map(|i| (at(said, i) - at(truth, i)).powi(2));
            (squares.sum::<f64>() / samples as f64).sqrt()
        };
        Ok(Figure::Number((0..width).map(root).sum::<f64>() / width as f64))
    }
}
