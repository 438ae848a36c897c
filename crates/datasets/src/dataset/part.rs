//! Some of a data set's samples.

use super::{Augmenting, Dataset, Targets};
use crate::DataError;
use crate::store::Store;
use crate::text::unpadded;
use relume_catalog::{count_text, counted};
use relume_tensor::{Array, Tensor, threads};
use std::fmt;
use std::sync::Arc;

/// The most numbers (4 GiB) that samples may become if all of them are asked for in one tensor.
const MOST_NUMBERS: usize = 1 << 30;

/// Some of a data set's samples.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) data: Dataset,
    pub(super) indices: Arc<Vec<usize>>,
    pub(super) name: String,
}

impl Part {
    /// The data set it is a part of.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Its name: `digits.test`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same samples of the same data set, prepared anew.
    ///
    /// # Errors
    /// A data set of another number of samples.
    pub fn with_data(&self, data: Dataset) -> Result<Part, DataError> {
        match data.len() == self.data.len() {
            true => Ok(Part { data, ..self.clone() }),
            false => Err(DataError::Counts { inputs: data.len(), targets: self.data.len() }),
        }
    }

    /// The indices of its samples.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Its samples without some, by their indices in the data set.
    #[must_use]
    pub fn without(&self, is_out: impl Fn(usize) -> bool) -> Part {
        let kept = self.indices.iter().copied().filter(|&sample| !is_out(sample)).collect();
        Part { data: self.data.clone(), indices: Arc::new(kept), name: self.name.clone() }
    }

    /// The samples at these positions of this part, in this order; a position may come several times.
    ///
    /// # Errors
    /// A position beyond the last sample.
    pub fn at(&self, positions: impl IntoIterator<Item = usize>) -> Result<Part, DataError> {
        let sample = |position: usize| {
            self.indices.get(position).copied().ok_or_else(|| {
                DataError::Options(format!(
                    "{} has {}: {position} is out of range",
                    self.name,
                    counted(self.len(), "sample")
                ))
            })
        };
        let indices = positions.into_iter().map(sample).collect::<Result<Vec<_>, _>>()?;
        Ok(Part { data: self.data.clone(), indices: Arc::new(indices), name: self.name.clone() })
    }

    /// The samples `start..end` of this part.
    ///
    /// # Errors
    /// An index beyond the last sample.
    pub fn slice(&self, start: usize, end: usize) -> Result<Part, DataError> {
        match self.indices.get(start..end) {
            Some(indices) => Ok(Part {
                data: self.data.clone(),
                indices: Arc::new(indices.to_vec()),
                name: format!("{}[{start}..{end}]", self.name),
            }),
            None => Err(DataError::Options(format!(
                "{} has {}: {start}..{end} is out of range",
                self.name,
                counted(self.len(), "sample")
            ))),
        }
    }

    /// All its inputs, `[samples, ...]`, as they are outside training.
    ///
    /// # Errors
    /// A file that cannot be read, or too many samples to be held as numbers at once.
    pub fn inputs(&self) -> Result<Tensor, DataError> {
        let shape = self.data.sample_shape();
        if self.len().saturating_mul(shape.count()) > MOST_NUMBERS {
            return Err(DataError::Options(format!(
                "{} samples of {shape} are too many to be held as numbers at once: take some, such as {}[0..100]",
                count_text(self.len()),
                self.name
            )));
        }
        if let Some(indices) = self.data.indices(&self.indices)? {
            return Ok(indices.to_tensor()?);
        }
        let mut inputs = Tensor::uninit(shape.with_batch(self.len())?);
        threads::run(|| self.data.fill(&self.indices, Augmenting::Settled, inputs.data_mut()))?;
        Ok(inputs)
    }

    /// All its targets: class indices `[samples]`, numbers `[samples, numbers]` in their own units, or labels
    /// `[samples, longest]`.
    ///
    /// # Errors
    /// Never for a part of a data set.
    pub fn targets(&self) -> Result<Array, DataError> {
        Ok(self.data.targets().gather(&self.indices)?)
    }

    /// All its targets as batches have them ([`crate::Batch::targets`]): numbers in the units of the loss.
    ///
    /// # Errors
    /// Never for a part of a data set.
    pub fn batch_targets(&self) -> Result<Array, DataError> {
        self.data.gather_targets(&self.indices)
    }

    /// How many tokens each text has in its row of indices, without the padding after its end; `None` if samples are
    /// not texts.
    pub fn text_lengths(&self) -> Option<Vec<usize>> {
        let Store::Texts(_, indices) = &self.data.0.inputs else { return None };
        let length = indices.shape().tail(1).count();
        let row = |&sample: &usize| &indices.data()[sample * length..(sample + 1) * length];
        Some(self.indices.iter().map(|i| unpadded(row(i).iter().copied())).collect())
    }

    /// The class of the sample at this position, with its name.
    pub fn class_of(&self, position: usize) -> Option<(usize, &str)> {
        match self.data.targets() {
            Targets::Classes { names, labels } => {
                let class = labels[*self.indices.get(position)?];
                Some((class, &names[class]))
            }
            Targets::Values { .. } | Targets::Sequences { .. } | Targets::Places(_) => None,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} · input {}",
            self.name,
            counted(self.len(), "sample"),
            self.data.sample_shape()
        )
    }
}
