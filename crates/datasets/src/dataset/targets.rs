//! What is to be predicted.

use super::Places;
use crate::DataError;
use relume_tensor::{Array, Indices, Tensor, TensorError};
use std::borrow::Cow;

/// What is to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// One of several classes.
    Classes {
        /// The classes' names.
        names: Vec<String>,
        /// The class of each sample.
        labels: Vec<usize>,
    },
    /// Numbers.
    Values {
        /// The numbers' names.
        names: Vec<String>,
        /// `[samples, numbers]`.
        values: Tensor,
    },
    /// Strings of labels of different lengths: transcripts, for ctc.
    Sequences {
        /// The labels' names, from label 1 on; empty if they have none.
        names: Vec<String>,
        /// `[samples, longest]`: labels from 1 on, and 0, the blank of ctc, after the last one of a sample.
        labels: Indices,
    },
    /// A class at each place of a sample: each token of a text, or each pixel of an image.
    Places(Places),
}

impl Targets {
    /// No target for any of so many samples, for which something is to be predicted.
    ///
    /// # Errors
    /// More samples than a tensor can have.
    pub fn none(samples: usize) -> Result<Self, TensorError> {
        Ok(Targets::Values { names: Vec::new(), values: Tensor::new([samples, 0], Vec::new())? })
    }

    /// Whether there is nothing to compare predictions with.
    pub fn are_none(&self) -> bool {
        matches!(self, Targets::Values { values, .. } if values.dims().get(1) == Some(&0))
    }

    /// The class of each sample; `None` if the targets are no classes.
    pub fn labels(&self) -> Option<&[usize]> {
        match self {
            Targets::Classes { labels, .. } => Some(labels),
            Targets::Values { .. } | Targets::Sequences { .. } | Targets::Places(_) => None,
        }
    }

    /// Whether they are several labels of each sample: more than one number, each 0 or 1.
    pub fn are_several_labels(&self) -> bool {
        matches!(self, Targets::Values { values, .. } if values.count() > 0
            && values.dims().get(1).is_some_and(|&width| width > 1)
            && values.data().iter().all(|&x| x == 0.0 || x == 1.0))
    }

    /// How many samples have one.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, .. } => values.dims().first().copied().unwrap_or(0),
            Targets::Sequences { labels, .. } => labels.dims().first().copied().unwrap_or(0),
            Targets::Places(places) => places.len(),
        }
    }

    /// How many outputs a network has for each sample, or for each place of one: one for each class, number, or label
    /// of the longest string.
    pub fn width(&self) -> usize {
        match self {
            Targets::Classes { names, .. } => names.len(),
            Targets::Values { values, .. } => values.shape().tail(1).count(),
            Targets::Sequences { labels, .. } => labels.shape().tail(1).count(),
            Targets::Places(places) => places.names.len(),
        }
    }

    /// The names of the numbers, or of the positions in strings of labels; empty for classes.
    pub fn numbers(&self) -> Cow<'_, [String]> {
        match self {
            Targets::Classes { .. } | Targets::Places(_) => Cow::Borrowed(&[]),
            Targets::Values { names, .. } => Cow::Borrowed(names),
            Targets::Sequences { .. } => {
                (1..=self.width()).map(|place| format!("label {place}")).collect()
            }
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is one for each of so many samples, and each is what it is to be.
    ///
    /// # Errors
    /// Another number of them; a label beyond the names; numbers that are not `[samples, numbers]`, or not finite; a
    /// label after the end of its string.
    pub(crate) fn check(&self, samples: usize) -> Result<(), DataError> {
        match self {
            Targets::Values { values, .. } if values.rank() != 2 => {
                return Err(DataError::TargetShape(values.shape()));
            }
            Targets::Sequences { labels, .. } if labels.rank() != 2 => {
                return Err(DataError::TargetShape(labels.shape()));
            }
            _ => {}
        }
        if self.len() != samples {
            return Err(DataError::Counts { inputs: samples, targets: self.len() });
        }
        match self {
            Targets::Classes { names, labels } => {
                let beyond = labels.iter().position(|&label| label >= names.len());
                beyond.map_or(Ok(()), |sample| {
                    let (label, classes) = (labels[sample], names.len());
                    Err(DataError::Label { sample, label, classes })
                })
            }
            Targets::Values { values, .. } if values.is_finite() => Ok(()),
            Targets::Values { values, .. } => {
                let at = values.data().iter().position(|x| !x.is_finite()).unwrap_or_default();
                let width = values.dims()[1];
                Err(DataError::TargetNotFinite { sample: at / width, position: at % width })
            }
            Targets::Sequences { names, labels } => check_strings(names, labels),
            // They were checked when they were made.
            Targets::Places(_) => Ok(()),
        }
    }

    /// Those of some samples: class indices `[samples]`, numbers `[samples, numbers]`, labels `[samples, longest]`, or
    /// the class of each place `[samples, ...]`, -1 for a place without one.
    ///
    /// # Errors
    /// A sample or a class that cannot be.
    pub(crate) fn gather(&self, samples: &[usize]) -> Result<Array, TensorError> {
        match self {
            Targets::Classes { labels, .. } => {
                let mut classes = Indices::uninit(samples.len());
                for (class, &sample) in classes.data_mut().iter_mut().zip(samples) {
                    let label = labels.get(sample).copied();
                    let label =
                        label.ok_or(TensorError::Index { index: sample, size: labels.len() })?;
                    *class = u32::try_from(label)
                        .map_err(|_| TensorError::LargeIndex { index: label })?;
                }
                Ok(classes.into())
            }
            Targets::Values { values, .. } => Ok(values.gather(samples)?.into()),
            Targets::Sequences { labels, .. } => Ok(labels.gather(samples)?.into()),
            Targets::Places(places) => Ok(places.gather(samples)?.into()),
        }
    }
}

/// Whether strings of labels have only labels with a name, if labels have names, and none after their end.
fn check_strings(names: &[String], labels: &Indices) -> Result<(), DataError> {
    let width = labels.dims()[1].max(1);
    for (sample, string) in labels.data().chunks_exact(width).enumerate() {
        let end = string.iter().position(|&label| label == 0).unwrap_or(width);
        if let Some(label) = string[end..].iter().find(|&&label| label != 0) {
            return Err(DataError::Options(format!(
                "sample {sample}: the label {label} follows a 0, which ends the string of labels"
            )));
        }
        let is_unnamed = |label: &&u32| !names.is_empty() && **label as usize > names.len();
        if let Some(label) = string[..end].iter().find(is_unnamed) {
            return Err(DataError::Options(format!(
                "sample {sample}: the label {label} is not one of the {} that have a name, counted from 1",
                names.len()
            )));
        }
    }
    Ok(())
}
