//! Predictions, as data and as a table.

use super::{ClassPredictions, NumberPredictions, PlacePredictions, TranscriptPredictions};
use crate::TrainError;
use relume_datasets::shortest;
use relume_tensor::Tensor;
use serde::{Serialize, Serializer};

/// The predictions of a model for samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The network's outputs, `[samples, ...]`.
    pub outputs: Tensor,
    /// The decoded outputs.
    pub decoded: Decoded,
}

/// The decoded outputs, by the kind of task.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A class for each sample.
    Classes(ClassPredictions),
    /// Numbers for each sample.
    Numbers(NumberPredictions),
    /// A class at each place of each sample.
    Places(PlacePredictions),
    /// A string of labels for each sample.
    Transcripts(TranscriptPredictions),
    /// Only the outputs: the network was not trained on named targets.
    Outputs,
}

impl Predictions {
    /// The same predictions with the second of two classes where its probability is at least a threshold, and the first
    /// elsewhere.
    ///
    /// # Errors
    /// [`TrainError::NoThreshold`] for what is not one of two classes with probabilities.
    pub fn with_threshold(mut self, threshold: f64) -> Result<Self, TrainError> {
        let is_taken = match &mut self.decoded {
            Decoded::Classes(own) => own.decide(threshold),
            _ => false,
        };
        if is_taken { Ok(self) } else { Err(TrainError::NoThreshold) }
    }

    /// A table of the predictions; `None` if there are only outputs.
    pub fn table(&self) -> Option<Table> {
        match &self.decoded {
            Decoded::Classes(predictions) => Some(predictions.table()),
            Decoded::Numbers(predictions) => Some(predictions.table()),
            Decoded::Places(predictions) => Some(predictions.table()),
            Decoded::Transcripts(predictions) => Some(predictions.table()),
            Decoded::Outputs => None,
        }
    }
}

/// Predictions as columns of a file, a row for each sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The names of the columns.
    pub names: Vec<String>,
    /// The rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

impl Predictions {
    /// The predictions as columns for a file: `prediction`, and for classes its `probability` (or `output`); a column
    /// for each of several numbers; `truth`, if it is known. `scores` adds a column for each class.
    pub fn columns(&self, scores: bool) -> Columns {
        match &self.decoded {
            Decoded::Classes(predictions) => predictions.columns(scores),
            Decoded::Numbers(predictions) => predictions.columns(),
            Decoded::Places(predictions) => predictions.columns(),
            Decoded::Transcripts(predictions) => predictions.columns(),
            Decoded::Outputs => {
                let width = self.outputs.shape().tail(1).count().max(1);
                let row = |row: &[f32]| row.iter().map(|&x| Cell::Number(shortest(x))).collect();
                Columns {
                    names: (0..width).map(|place| format!("output_{place}")).collect(),
                    rows: self.outputs.data().chunks_exact(width).map(row).collect(),
                }
            }
        }
    }
}

/// `{"predictions": [...], "truth": [...]}`, an item for each sample; `truth` only if it is known. If there are only
/// outputs, the predictions are rows of them.
impl Serialize for Predictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Outputs<'a> {
            predictions: Vec<&'a [f32]>,
        }
        match &self.decoded {
            Decoded::Classes(predictions) => predictions.serialize(serializer),
            Decoded::Numbers(predictions) => predictions.serialize(serializer),
            Decoded::Places(predictions) => predictions.serialize(serializer),
            Decoded::Transcripts(predictions) => predictions.serialize(serializer),
            Decoded::Outputs => {
                let width = self.outputs.shape().tail(1).count().max(1);
                let predictions = self.outputs.data().chunks_exact(width).collect();
                Outputs { predictions }.serialize(serializer)
            }
        }
    }
}

/// What is said of one sample, by names in their order.
pub(super) struct Named<'a>(pub Vec<(&'a str, Item<'a>)>);

/// A word or a number.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Item<'a> {
    Text(&'a str),
    Number(Option<f64>),
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, item)| (name, item)))
    }
}

/// Predictions as rows for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The columns' names; empty if there is only one cell.
    pub heads: Vec<String>,
    /// The rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number with all its digits.
    Number(f64),
    /// An output for comparison with others: three digits.
    Score(f32),
    /// A fraction: a percentage.
    Share(f32),
}

impl Table {
    pub(super) fn new(heads: &[&str], rows: impl Iterator<Item = Vec<Cell>>) -> Self {
        Table {
            heads: heads.iter().map(|head| (*head).to_string()).collect(),
            rows: rows.collect(),
        }
    }
}
