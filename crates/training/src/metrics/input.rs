//! Input of metrics: predictions beside targets.

use super::{ClassResults, LabelResults, MetricError};
use crate::group::sent;
use relume_tensor::{Array, Tensor};
use serde::{Deserialize, Serialize};

/// The kind of input that a metric is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// The class of each sample; scores of all classes are taken too.
    Classes,
    /// A score for each class; the largest is the prediction.
    Scores,
    /// Several labels in each sample: a probability for each.
    MultiLabels,
    /// Numbers.
    Values,
    /// Texts, or rows of labels.
    Texts,
}

impl InputKind {
    /// The kind in words, plural.
    pub fn name(self) -> &'static str {
        match self {
            InputKind::Classes | InputKind::Scores => "classes",
            InputKind::MultiLabels => "several labels",
            InputKind::Values => "numbers",
            InputKind::Texts => "texts",
        }
    }
}

/// Predictions beside targets, sample by sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetricInput {
    /// Classes.
    Classes(ClassResults),
    /// Several labels in each sample.
    MultiLabels(LabelResults),
    /// Numbers, `[samples, outputs]` both.
    Values {
        /// The predictions.
        #[serde(with = "sent")]
        predicted: Tensor,
        /// The true values.
        #[serde(with = "sent")]
        targets: Tensor,
    },
    /// Rows of labels.
    Labels {
        /// The predictions.
        predicted: Vec<Vec<usize>>,
        /// The true values.
        targets: Vec<Vec<usize>>,
    },
    /// Texts.
    Texts {
        /// The predictions.
        predicted: Vec<String>,
        /// The true values.
        targets: Vec<String>,
    },
}

impl MetricInput {
    /// Its kind, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            MetricInput::Classes(_) => "classes",
            MetricInput::MultiLabels(_) => "several labels",
            MetricInput::Values { .. } => "numbers",
            MetricInput::Labels { .. } => "rows of labels",
            MetricInput::Texts { .. } => "texts",
        }
    }

    /// Tensors as a metric's input, read as the metric reads them: predictions first.
    ///
    /// For classes, predictions are class indices `[samples]` or scores `[samples, classes]`; if the metric reads
    /// scores, numbers `[samples]` are those of the second of two classes. Targets are class indices `[samples]`. Rows
    /// of labels are padded with negative numbers.
    ///
    /// # Errors
    /// Shapes that do not match each other, and numbers that are not classes.
    pub fn of_tensors(
        metric: &'static str,
        kind: InputKind,
        predicted: &Tensor,
        targets: &Tensor,
    ) -> Result<Self, MetricError> {
        match kind {
            InputKind::MultiLabels => {
                LabelResults::of_tensors(metric, predicted, targets).map(MetricInput::MultiLabels)
            }
            InputKind::Values => Self::of_values(metric, predicted, targets),
            InputKind::Texts => Self::of_labels(metric, predicted, targets),
            InputKind::Classes | InputKind::Scores => {
                let samples = targets.count();
                let fits = targets.rank() == 1
                    && samples > 0
                    && predicted.count() > 0
                    && predicted.dims().first() == Some(&samples)
                    && predicted.rank() <= 2;
                if !fits {
                    let problem = format!(
                        "predictions of shape {} do not go with targets of {}: class indices [samples] are wanted, and \
                        as many predictions",
                        predicted.shape(),
                        targets.shape()
                    );
                    return Err(MetricError::Mismatch { metric, problem });
                }
                let targets = indices(metric, targets)?;
                let results = if predicted.rank() == 1 && kind == InputKind::Classes {
                    ClassResults::of_indices(indices(metric, predicted)?, targets)
                } else {
                    ClassResults::of_scores(metric, predicted, targets)?
                };
                Ok(MetricInput::Classes(results))
            }
        }
    }

    fn of_values(
        metric: &'static str,
        predicted: &Tensor,
        targets: &Tensor,
    ) -> Result<Self, MetricError> {
        let input = MetricInput::Values { predicted: predicted.clone(), targets: targets.clone() };
        input.values(metric)?;
        Ok(input)
    }

    fn of_labels(
        metric: &'static str,
        predicted: &Tensor,
        targets: &Tensor,
    ) -> Result<Self, MetricError> {
        match (label_rows(predicted), label_rows(targets)) {
            (Some(predicted), Some(targets)) if predicted.len() == targets.len() => {
                Ok(MetricInput::Labels { predicted, targets })
            }
            _ => {
                let problem = format!(
                    "texts, or as many rows of labels, are wanted, not shapes {} and {}",
                    predicted.shape(),
                    targets.shape()
                );
                Err(MetricError::Mismatch { metric, problem })
            }
        }
    }

    /// Texts as a metric's input, predictions first.
    ///
    /// # Errors
    /// Different numbers of predicted and true texts.
    pub fn of_texts(
        metric: &'static str,
        predicted: Vec<String>,
        targets: Vec<String>,
    ) -> Result<Self, MetricError> {
        let input = MetricInput::Texts { predicted, targets };
        input.check_lengths(metric)?;
        Ok(input)
    }

    /// Batches of one kind as one input.
    pub(crate) fn concat(batches: Vec<MetricInput>) -> Result<Self, MetricError> {
        let mut batches = batches.into_iter();
        let empty = || MetricInput::Texts { predicted: Vec::new(), targets: Vec::new() };
        let mut all = batches.next().unwrap_or_else(empty);
        let mut values = Vec::new();
        for batch in batches {
            match (&mut all, batch) {
                (MetricInput::Classes(all), MetricInput::Classes(more)) => all.extend(more),
                (MetricInput::MultiLabels(all), MetricInput::MultiLabels(more)) => all.extend(more),
                (
                    MetricInput::Labels { predicted, targets },
                    MetricInput::Labels { predicted: more, targets: more_targets },
                ) => {
                    predicted.extend(more);
                    targets.extend(more_targets);
                }
                (MetricInput::Values { .. }, MetricInput::Values { predicted, targets }) => {
                    values.push([predicted, targets]);
                }
                _ => {}
            }
        }
        if let MetricInput::Values { predicted, targets } = &mut all {
            for (which, all) in [predicted, targets].into_iter().enumerate() {
                let rest = values.iter().map(|pair| &pair[which]);
                let parts: Vec<&Tensor> = std::iter::once(&*all).chain(rest).collect();
                *all = Tensor::concat(&parts, 0)?;
            }
        }
        Ok(all)
    }

    /// Refuses different numbers of predicted and true texts, or rows of labels.
    pub(super) fn check_lengths(&self, metric: &'static str) -> Result<(), MetricError> {
        let (what, predicted, targets) = match self {
            MetricInput::Texts { predicted, targets } => ("texts", predicted.len(), targets.len()),
            MetricInput::Labels { predicted, targets } => {
                ("rows of labels", predicted.len(), targets.len())
            }
            MetricInput::Classes(_) | MetricInput::MultiLabels(_) | MetricInput::Values { .. } => {
                return Ok(());
            }
        };
        if predicted == targets {
            return Ok(());
        }
        let problem = format!("{predicted} {what} were predicted, but {targets} are true");
        Err(MetricError::Mismatch { metric, problem })
    }

    /// The classes among them, checked.
    pub(super) fn classes(&self, metric: &'static str) -> Result<&ClassResults, MetricError> {
        match self {
            MetricInput::Classes(results) => results.checked(metric),
            other => Err(MetricError::Kind {
                metric,
                wanted: InputKind::Classes.name(),
                given: other.kind(),
            }),
        }
    }

    /// The classes among them, with scores.
    pub(super) fn scores(&self, metric: &'static str) -> Result<&ClassResults, MetricError> {
        let results = self.classes(metric)?;
        match results.scores.len() == results.targets.len() * results.classes {
            true => Ok(results),
            false => Err(MetricError::Kind {
                metric,
                wanted: "scores of all classes",
                given: "class indices alone",
            }),
        }
    }

    /// The numbers among them, of one shape: predictions and true values.
    pub(super) fn values(&self, metric: &'static str) -> Result<[&Tensor; 2], MetricError> {
        match self {
            MetricInput::Values { predicted, targets } => {
                if predicted.shape() == targets.shape() && predicted.count() > 0 {
                    return Ok([predicted, targets]);
                }
                let problem = format!(
                    "predictions are of shape {} but targets of {}",
                    predicted.shape(),
                    targets.shape()
                );
                Err(MetricError::Mismatch { metric, problem })
            }
            other => Err(MetricError::Kind {
                metric,
                wanted: InputKind::Values.name(),
                given: other.kind(),
            }),
        }
    }
}

/// A number as an index, if it is one.
fn index(x: f32) -> Option<usize> {
    // Beyond this, single precision cannot distinguish neighbours.
    const MOST: f32 = 16_777_216.0;
    (x >= 0.0 && x.fract() == 0.0 && x < MOST).then_some(x as usize)
}

/// Numbers as classes.
fn indices(metric: &'static str, tensor: &Tensor) -> Result<Vec<usize>, MetricError> {
    let class = |(row, &x): (usize, &f32)| {
        index(x).ok_or_else(|| MetricError::Mismatch {
            metric,
            problem: format!("row {row}: {x} is not a class: classes are whole numbers from 0"),
        })
    };
    tensor.data().iter().enumerate().map(class).collect()
}

/// Rows of labels, each up to its first negative number; a vector is a single row.
fn label_rows(tensor: &Tensor) -> Option<Vec<Vec<usize>>> {
    let row = |row: &[f32]| {
        row.iter().take_while(|x| **x >= 0.0 || x.is_nan()).map(|&x| index(x)).collect()
    };
    match tensor.dims() {
        [_] => Some(vec![row(tensor.data())?]),
        [_, width] => tensor.data().chunks_exact((*width).max(1)).map(row).collect(),
        _ => None,
    }
}

/// Rows of labels `[samples, longest]`, each up to its first blank; up to the first 0 of indices, and to the first
/// negative number of a tensor.
pub(crate) fn padded_labels(targets: &Array, blank: usize) -> Vec<Vec<usize>> {
    let width = targets.shape().tail(1).count().max(1);
    let first = if targets.as_indices().is_some() { 1.0 } else { 0.0 };
    let is_label = |x: &f64| *x >= first && *x != blank as f64;
    let rows = 0..targets.count() / width;
    let row = |row: usize| (row * width..(row + 1) * width).map(|place| targets.number(place));
    rows.map(|i| row(i).take_while(is_label).map(|x| x as usize).collect()).collect()
}
