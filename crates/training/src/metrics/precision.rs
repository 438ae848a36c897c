//! Of the samples taken for a class, the share that are of it.

use super::average::{AVERAGE, ratio};
use super::{Average, InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// Of the samples taken for a class, the share that are of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// What becomes of the numbers of all classes.
    pub average: Average,
}

impl Described for Precision {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "precision",
        aliases: &[],
        summary: "of the samples taken for a class, the share that are of it",
        details: "A class that was never named has 0. With average=\"micro\" it is the accuracy. As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.",
        arguments: &[AVERAGE],
        example: "precision([0, 1, 1, 2], [0, 1, 2, 2], average=\"none\")",
    };
}

impl Metric for Precision {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.classes(Self::ENTRY.name)?;
        Ok(self.average.of(results, |count| ratio(count.right, count.predicted)))
    }
}
