//! The mean squared error.

use super::{Answers, Figure, Measure, MetricError, Reads};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The mean squared error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanSquaredError {}

impl Described for MeanSquaredError {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "mse",
        aliases: &[],
        summary: "the mean squared difference from the targets",
        details: "",
        arguments: &[],
        example: "mse([1, 2], [1, 4])",
    };
}

impl Measure for MeanSquaredError {
    fn reads(&self) -> Reads {
        Reads::Values
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let [said, truth] = answers.values(Self::ENTRY.name)?;
        let pairs = said.data().iter().zip(truth.data());
        let sum: f64 = pairs.map(|(y, t)| (f64::from(*y) - f64::from(*t)).powi(2)).sum();
        Ok(Figure::Number(sum / said.count() as f64))
    }
}
