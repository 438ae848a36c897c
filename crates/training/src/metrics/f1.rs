//! The harmonic mean of precision and recall.

use super::average::{AVERAGE, ratio};
use super::{Answers, Average, Figure, Measure, MetricError, Reads};
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
        details: "F1 = 2 right / (said + true) for each class; one without samples that was never named has 0. With average=\"micro\" it is the accuracy. As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class indices.",
        arguments: &[AVERAGE],
        example: "f1([0, 1, 1, 2], [0, 1, 2, 2], average=\"none\")",
    };
}

impl Measure for F1 {
    fn reads(&self) -> Reads {
        Reads::Classes
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let answers = answers.classes(Self::ENTRY.name)?;
        Ok(self.average.of(answers, |count| ratio(2.0 * count.right, count.said + count.truth)))
    }
}
