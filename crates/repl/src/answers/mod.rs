//! Predictions in a file: a row for each sample, with the columns or the file that it came from.

mod sheet;

use crate::Failure;
use crate::progress::Waiting;
use crate::syntax::Span;
use relume_catalog::{count_text, counted};
use relume_datasets::{DataError, Part};
use relume_serialization::{SaveError, write_atomically};
use relume_tensor::Tensor;
use relume_training::task::Columns;
use relume_training::{Model, Predictions, TrainError, predict, predict_batches};
use sheet::{Layout, Sheet, is_head};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Samples of their own, such as the paths of pictures, that are read and predicted at once.
const AT_ONCE: usize = 64;

/// A file for predictions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnswerFile<'a> {
    path: &'a str,
    layout: Layout,
    /// Whether there is a column with the score of each class.
    scores: bool,
    /// From which probability on the second of two classes is predicted, if that was chosen.
    threshold: Option<f64>,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// How many samples have a prediction.
    pub predicted: usize,
    /// The samples that have none, each with the reason.
    pub refused: Vec<String>,
}

/// Why the file was not written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    /// The samples or the network.
    Train(TrainError),
    /// The file.
    Save(SaveError),
    /// A row could not be written.
    Row(io::Error),
}

impl From<TrainError> for Unwritten {
    fn from(error: TrainError) -> Self {
        Unwritten::Train(error)
    }
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Unwritten::Row(error)
    }
}

/// The samples of a part that a network cannot take.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    rows: Vec<RefusedRow>,
}

#[derive(Clone, Debug)]
struct RefusedRow {
    sample: usize,
    beside: Vec<String>,
    reason: String,
}

impl Refused {
    /// The samples of a part with a reason.
    pub fn new(part: &Part, mut reasons: BTreeMap<usize, String>) -> Self {
        let part = part.without(|sample| !reasons.contains_key(&sample));
        let row = |(&sample, beside)| RefusedRow {
            sample,
            beside,
            reason: reasons.remove(&sample).unwrap_or_default(),
        };
        Refused { rows: part.indices().iter().zip(part.beside().rows).map(row).collect() }
    }
}

impl RefusedRow {
    fn write(self, sheet: &mut Sheet<'_>, written: &mut Written) -> io::Result<()> {
        written.refused.push(format!("sample {}: {}", self.sample, self.reason));
        sheet.unpredicted(self.beside)
    }
}

impl<'a> AnswerFile<'a> {
    /// The file at a path, whose ending says how it is written.
    pub fn new(path: &'a str, scores: bool, span: Span) -> Result<Self, Failure> {
        match Layout::of(path) {
            Some(layout) => Ok(AnswerFile { path, layout, scores, threshold: None }),
            None => Err(Failure::at(span, format!("{path}: this ending says no kind of table"))
                .help("predictions are written to .csv, .tsv or .jsonl")),
        }
    }

    /// The same file, in which the second of two classes is predicted from this probability on.
    #[must_use]
    pub fn with_threshold(self, threshold: Option<f64>) -> Self {
        AnswerFile { threshold, ..self }
    }

    fn columns(&self, predictions: Predictions) -> Result<Columns, TrainError> {
        let decided = match self.threshold {
            Some(threshold) => predictions.with_threshold(threshold)?,
            None => predictions,
        };
        Ok(decided.columns(self.scores))
    }

    /// Writes the predictions for the samples of a part that the network takes; those of the others are empty.
    pub fn of_part(
        &self,
        model: &Model,
        taken: &Part,
        refused: Refused,
        waiting: &Waiting,
    ) -> Result<Written, Unwritten> {
        let all = taken.len();
        if taken.is_empty() && refused.rows.is_empty() {
            return Err(TrainError::Empty(taken.name().to_string()).into());
        }
        let mut refused = refused.rows.into_iter().peekable();
        let beside = taken.slice(0, 0).map_err(TrainError::from)?.beside();
        self.write(beside.names, |sheet, written| {
            if !taken.is_empty() {
                predict_batches(model, taken, |batch, predictions| {
                    go_on(waiting, written.predicted, all)?;
                    let columns = self.columns(predictions)?;
                    sheet.name(&columns)?;
                    let rows = batch.indices().iter().zip(batch.beside().rows).zip(&columns.rows);
                    for ((&sample, beside), cells) in rows {
                        // Refused ones stand where they stood, if the samples are in order.
                        while let Some(row) = refused.next_if(|row| row.sample < sample) {
                            row.write(sheet, written)?;
                        }
                        sheet.predicted(&beside, cells)?;
                        written.predicted += 1;
                    }
                    Ok::<(), Unwritten>(())
                })?;
            }
            Ok(refused.try_for_each(|row| row.write(sheet, written))?)
        })
    }

    /// Writes the predictions for raw samples, or for the files that hold them. The prediction of one that cannot be
    /// read is empty.
    pub fn of_samples(
        &self,
        model: &Model,
        samples: &[String],
        are_files: bool,
        waiting: &Waiting,
    ) -> Result<Written, Unwritten> {
        if samples.is_empty() {
            return Err(TrainError::Empty("the list".to_string()).into());
        }
        let name = if are_files { "file" } else { "sample" };
        self.write(vec![name.to_string()], |sheet, written| {
            for given in samples.chunks(AT_ONCE) {
                go_on(waiting, written.predicted, samples.len())?;
                let read = read_samples(model, given, are_files).into_iter();
                let read: Vec<_> = read.map(|input| batch_of_one(model, input?)).collect();
                let inputs: Vec<&Tensor> = read.iter().flatten().collect();
                let mut rows = Vec::new();
                if !inputs.is_empty() {
                    let inputs = Tensor::concat(&inputs, 0).map_err(TrainError::from)?;
                    let columns = self.columns(predict(model, &inputs)?)?;
                    sheet.name(&columns)?;
                    rows = columns.rows;
                }
                let mut rows = rows.into_iter();
                for (sample, input) in given.iter().zip(read) {
                    let beside = vec![sample.clone()];
                    if let Err(error) = input {
                        // A file is named by the error itself.
                        let place = written.predicted + written.refused.len();
                        written.refused.push(match are_files {
                            true => error.to_string(),
                            false => format!("sample {place}: {error}"),
                        });
                        sheet.unpredicted(beside)?;
                    } else if let Some(cells) = rows.next() {
                        sheet.predicted(&beside, &cells)?;
                        written.predicted += 1;
                    }
                }
            }
            Ok(())
        })
    }

    /// Writes the predictions for prepared inputs.
    pub fn of_inputs(&self, model: &Model, inputs: &Tensor) -> Result<Written, Unwritten> {
        let columns = self.columns(predict(model, inputs)?)?;
        self.write(vec!["sample".to_string()], |sheet, written| {
            sheet.name(&columns)?;
            for (sample, cells) in columns.rows.iter().enumerate() {
                sheet.predicted(&[sample.to_string()], cells)?;
                written.predicted += 1;
            }
            Ok(())
        })
    }

    /// Whether the first line of a file is one that predictions begin with.
    pub fn is_head(&self, head: &[u8]) -> bool {
        let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
        is_head(self.layout, &String::from_utf8_lossy(line))
    }

    /// Its path.
    pub fn path(&self) -> &str {
        self.path
    }

    /// Writes the file; the old one stays until the new one is whole.
    fn write(
        &self,
        beside: Vec<String>,
        fill: impl FnOnce(&mut Sheet<'_>, &mut Written) -> Result<(), Unwritten>,
    ) -> Result<Written, Unwritten> {
        let mut written = Written::default();
        let mut stopped = None;
        let saved = write_atomically(Path::new(self.path), |out| {
            let mut sheet = Sheet::new(out, self.layout, beside);
            match fill(&mut sheet, &mut written) {
                Ok(()) => sheet.finish(),
                Err(Unwritten::Row(error)) => Err(error),
                Err(other) => {
                    stopped = Some(other);
                    Err(io::ErrorKind::Interrupted.into())
                }
            }
        });
        match stopped {
            Some(unwritten) => Err(unwritten),
            None => saved.map(|()| written).map_err(Unwritten::Save),
        }
    }
}

/// Shows how far it is; an error if it is to stop.
fn go_on(waiting: &Waiting, done: usize, all: usize) -> Result<(), TrainError> {
    waiting.look(|| format!("predicting: {} of {}", count_text(done), counted(all, "sample")));
    if waiting.is_cancelled() { Err(TrainError::Interrupted) } else { Ok(()) }
}

/// The prepared inputs of some samples, or of the files that hold them.
pub(crate) fn read_samples(
    model: &Model,
    given: &[String],
    are_files: bool,
) -> Vec<Result<Tensor, DataError>> {
    match are_files {
        true => relume_formats::file_samples(model.preparation(), given),
        false => relume_formats::samples(model.preparation(), given),
    }
}

/// A prepared sample in the shape that the network takes, as a batch.
pub(crate) fn batch_of_one(model: &Model, sample: Tensor) -> Result<Tensor, TrainError> {
    let sample = model.shaped(sample)?;
    Ok(sample.reshape(sample.shape().with_batch(1)?)?)
}
