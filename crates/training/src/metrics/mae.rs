//! The mean absolute error.

use super::{Answers, Figure, Measure, MetricError, Reads};
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

impl Measure for MeanAbsoluteError {
    fn reads(&self) -> Reads {
        Reads::Values
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let [said, truth] = answers.values(Self::ENTRY.name)?;
        let pairs = said.data().iter().zip(truth.data());
        let sum: f64 = pairs.map(|(y, t)| (f64::from(*y) - f64::from(*t)).abs()).sum();
        Ok(Figure::Number(sum / said.count() as f64))
    }
}
