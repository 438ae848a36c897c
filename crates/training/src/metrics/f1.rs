//! The harmonic mean of precision and recall.

use super::average::{AVERAGE, ratio};
use super::{Average, InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The harmonic mean of precision and recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct F1 {
    /// What becomes of the numbers of all classes.
    pub average: Average,
}

impl Described for F1 {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "f1",
        aliases: &[],
        summary: "the harmonic mean of precision and recall",
        details: "F1 = 2 right / (predicted + true) for each class; one without samples that was never named has 0. With average=\"micro\" it is the accuracy. As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.",
        arguments: &[AVERAGE],
        example: "f1([0, 1, 1, 2], [0, 1, 2, 2], average=\"none\")",
    };
}

impl Metric for F1 {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.classes(Self::ENTRY.name)?;
        Ok(self
            .average
            .of(results, |count| ratio(2.0 * count.right, count.predicted + count.targets)))
    }
}
