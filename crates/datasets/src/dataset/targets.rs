//! What is to be predicted.

use crate::DataError;
use relume_tensor::{Array, Indices, Tensor, TensorError};

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

    /// How many samples have one.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values { values, .. } => values.dims().first().copied().unwrap_or(0),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is one for each of so many samples, and each is what it is to be.
    ///
    /// # Errors
    /// Another number of them; a label beyond the classes' names; numbers that are not `[samples, numbers]`, or not
    /// finite.
    pub(crate) fn check(&self, samples: usize) -> Result<(), DataError> {
        if let Targets::Values { values, .. } = self
            && values.rank() != 2
        {
            return Err(DataError::TargetShape(values.shape()));
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
        }
    }

    /// Those of some samples: class indices `[samples]`, or numbers `[samples, numbers]`.
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
        }
    }
}
