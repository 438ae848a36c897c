//! Samples in batches, shuffled anew for each epoch.

use crate::{Part, Targets};
use relume_tensor::{Rng, Tensor};

/// Some samples with their targets.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[samples, ...]`.
    pub inputs: Tensor,
    /// Class indices `[samples]`, or numbers `[samples, numbers]`.
    pub targets: Tensor,
}

/// Goes through a part once, batch by batch; the last batch may be smaller.
///
/// The order depends on the seed and the epoch alone, so that a run can be taken up in the middle of an epoch.
#[derive(Clone, Debug)]
pub struct Batches {
    part: Part,
    order: Vec<usize>,
    size: usize,
    next: usize,
}

impl Batches {
    /// In the part's own order.
    pub fn in_order(part: Part, size: usize) -> Self {
        let order = part.indices().to_vec();
        Batches { part, order, size: size.max(1), next: 0 }
    }

    /// In a random order that belongs to a seed and an epoch.
    pub fn shuffled(part: Part, size: usize, seed: u64, epoch: u64) -> Self {
        let mut batches = Self::in_order(part, size);
        batches.shuffle(seed, epoch);
        batches
    }

    /// Starts again from the first batch, in the order of another epoch.
    pub fn shuffle(&mut self, seed: u64, epoch: u64) {
        self.order.copy_from_slice(self.part.indices());
        Rng::stream(seed, epoch.wrapping_add(16)).shuffle(&mut self.order);
        self.next = 0;
    }

    /// How many batches there are in all.
    pub fn batches(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// Leaves out the next batches.
    pub fn skip_batches(&mut self, batches: usize) {
        self.next = (self.next + batches * self.size).min(self.order.len());
    }
}

impl Iterator for Batches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let end = (self.next + self.size).min(self.order.len());
        let indices = self.order.get(self.next..end).filter(|indices| !indices.is_empty())?;
        self.next = end;
        let data = self.part.data();
        // Indices come from the data set itself: none lies outside.
        let inputs = data.inputs().gather(indices).ok()?;
        let targets = match data.targets() {
            Targets::Classes { labels, .. } => {
                Tensor::from_fn(indices.len(), |i| labels[indices[i]] as f32)
            }
            Targets::Values { values, .. } => values.gather(indices).ok()?,
        };
        Some(Batch { inputs, targets })
    }
}
