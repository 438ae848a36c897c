//! The mean squared error.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
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
