//! The share of samples whose class was found.

use super::{Answers, Figure, Measure, MetricError, Reads};
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

impl Measure for Accuracy {
    fn reads(&self) -> Reads {
        Reads::Classes
    }

    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError> {
        let answers = answers.classes(Self::ENTRY.name)?;
        let right = answers.said.iter().zip(&answers.truth).filter(|(said, truth)| said == truth);
        Ok(Figure::Number(right.count() as f64 / answers.truth.len() as f64))
    }
}
