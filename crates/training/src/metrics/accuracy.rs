//! The share of samples whose class was found.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The share of samples whose class was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {}

impl Described for Accuracy {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "accuracy",
        aliases: &[],
        summary: "the share of samples whose class was found",
        details: "As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.",
        arguments: &[],
        example: "accuracy([1, 0, 1], [1, 1, 1])",
    };
}

impl Metric for Accuracy {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.classes(Self::ENTRY.name)?;
        let right = results
            .predicted
            .iter()
            .zip(&results.targets)
            .filter(|(predicted, targets)| predicted == targets);
        Ok(MetricValue::Number(right.count() as f64 / results.targets.len() as f64))
    }

    fn is_percentage(&self) -> bool {
        true
    }
}
