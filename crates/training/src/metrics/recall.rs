//! Of the samples of a class, the share that were found.

use super::average::{AVERAGE, ratio};
use super::{Average, InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// Of the samples of a class, the share that were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// What becomes of the numbers of all classes.
    pub average: Average,
}

impl Described for Recall {
    const ENTRY: Entry = Entry {
        kind: Kind::Metric,
        name: "recall",
        aliases: &[],
        summary: "of the samples of a class, the share that were found",
        details: "A class without samples has 0. The mean over classes is also called balanced accuracy. With average=\"micro\" it is the accuracy. As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.",
        arguments: &[AVERAGE],
        example: "recall([0, 1, 1, 2], [0, 1, 2, 2], average=\"none\")",
    };
}

impl Metric for Recall {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.classes(Self::ENTRY.name)?;
        Ok(self.average.of(results, |count| ratio(count.right, count.targets)))
    }
}
