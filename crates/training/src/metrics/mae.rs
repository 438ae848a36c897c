//! The mean absolute error.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The mean absolute error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanAbsoluteError {}

impl Described for MeanAbsoluteError {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "mae",
        aliases: &[],
        summary: "the mean absolute difference from the targets",
        details: "In the targets' own unit.",
        arguments: &[],
        example: "mae([1, 2], [1, 4])",
    };
}

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
