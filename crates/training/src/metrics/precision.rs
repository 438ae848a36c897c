//! Of the samples taken for a class, the share that are of it.

use super::average::{AVERAGE, ratio};
use super::{Answers, Average, Figure, Measure, MetricError, Reads};
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

impl Measure for Precision {
    fn reads(&self) -> Reads {
        Reads::Classes
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let answers = answers.classes(Self::ENTRY.name)?;
        Ok(self.average.of(answers, |count| ratio(count.right, count.said)))
    }
}
