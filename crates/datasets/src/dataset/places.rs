//! A class at each place of a sample.

use super::Targets;
use crate::DataError;
use relume_tensor::{Shape, Tensor, TensorError};
use std::sync::Arc;

/// A class at each place of a sample, such as each token of a text or each pixel of an image. A place without a class
/// is ignored in losses and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The classes' names.
    pub names: Vec<String>,
    /// The shape of a sample's places: `[length]`, or `[height, width]`.
    shape: Shape,
    /// The class of each place, sample by sample.
    classes: Arc<Vec<u16>>,
}

impl Places {
    /// A place without a class.
    pub const IGNORED: u16 = u16::MAX;
    /// A place without a class in a batch's tensor.
    pub const IGNORED_IN_BATCH: f32 = -1.0;

    /// The classes of samples with places of this shape, sample by sample.
    ///
    /// # Errors
    /// Another number of places than whole samples have, a class that has no name, or more classes than there can be.
    pub fn new(
        names: Vec<String>,
        shape: impl Into<Shape>,
        classes: Vec<u16>,
    ) -> Result<Self, DataError> {
        let shape = shape.into();
        if shape.count() == 0 || !classes.len().is_multiple_of(shape.count()) {
            let problem = format!("{} classes are not those of samples of {shape}", classes.len());
            return Err(DataError::Options(problem));
        }
        let is_unnamed = |&class: &u16| class != Self::IGNORED && usize::from(class) >= names.len();
        if let Some(at) = classes.iter().position(is_unnamed) {
            let (sample, label) = (at / shape.count(), usize::from(classes[at]));
            return Err(DataError::Label { sample, label, classes: names.len() });
        }
        Ok(Places { names, shape, classes: Arc::new(classes) })
    }

    /// The shape of a sample's places.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.classes.len() / self.shape.count().max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The classes of a sample's places.
    pub fn of(&self, sample: usize) -> &[u16] {
        let one = self.shape.count();
        &self.classes[sample * one..(sample + 1) * one]
    }

    pub(super) fn all(&self) -> &[u16] {
        &self.classes
    }

    /// How many places of some samples have each class.
    pub fn counts(&self, samples: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.names.len()];
        for &class in samples.iter().flat_map(|&sample| self.of(sample)) {
            if let Some(count) = counts.get_mut(usize::from(class)) {
                *count += 1;
            }
        }
        counts
    }

    /// Those of some samples, `[samples, ...]`: class indices, and -1 for a place without a class.
    pub(super) fn gather(&self, samples: &[usize]) -> Result<Tensor, TensorError> {
        let mut out = Tensor::uninit(self.shape.with_batch(samples.len())?);
        let rows = out.data_mut().chunks_exact_mut(self.shape.count().max(1));
        for (row, &sample) in rows.zip(samples) {
            if sample >= self.len() {
                return Err(TensorError::Index { index: sample, size: self.len() });
            }
            for (x, &class) in row.iter_mut().zip(self.of(sample)) {
                *x = match class {
                    Self::IGNORED => Self::IGNORED_IN_BATCH,
                    class => f32::from(class),
                };
            }
        }
        Ok(out)
    }

    /// The same classes in the order of a network's; the name of one that the network does not have.
    pub(super) fn named_as(&self, wanted: &[String]) -> Result<Targets, String> {
        let place = |name: &String| {
            let at = wanted.iter().position(|own| own == name);
            at.and_then(|at| u16::try_from(at).ok()).ok_or_else(|| name.clone())
        };
        let places: Vec<u16> = self.names.iter().map(place).collect::<Result<_, _>>()?;
        let class = |&class: &u16| places.get(usize::from(class)).copied().unwrap_or(class);
        let classes = Arc::new(self.classes.iter().map(class).collect());
        Ok(Targets::Places(Places { names: wanted.to_vec(), shape: self.shape, classes }))
    }
}
