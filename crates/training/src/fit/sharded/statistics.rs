//! Running statistics over the shards of a batch.

use crate::group::{Partial, Shards};
use relume_layers::{Network, ParameterId, Role};
use relume_tensor::Tensor;

/// The buffers of a network, such as running means. Each shard begins with those from before the batch; after it they
/// have changed by the mean of the shards' changes, weighted by their samples.
#[derive(Debug)]
pub(super) struct Statistics {
    before: Vec<(ParameterId, Tensor)>,
    changes: Partial,
}

impl Statistics {
    pub fn before(network: &Network) -> Self {
        let buffers = network.parameters().iter().filter(|(_, own)| own.role == Role::Buffer);
        let before = buffers.map(|(id, own)| (id, own.value.clone())).collect();
        Statistics { before, changes: Partial::default() }
    }

    /// How many numbers there are.
    pub fn numbers(&self) -> usize {
        self.before.iter().map(|(_, own)| own.count()).sum()
    }

    /// Gives the network those from before the batch.
    pub fn restore(&self, network: &mut Network) {
        for (id, before) in &self.before {
            network.parameters_mut().get_mut(*id).value = before.clone();
        }
    }

    /// Passes over a shard without samples.
    pub fn skip(&mut self, shards: &Shards, shard: usize) {
        self.changes.push(shards, shard, None);
    }

    /// Takes what a shard of so many samples has changed.
    pub fn add(&mut self, network: &Network, shards: &Shards, shard: usize, samples: usize) {
        let weight = samples as f32;
        let mut changes = Vec::with_capacity(self.numbers());
        for (id, before) in &self.before {
            let after = network.parameters().get(*id).value.data();
            changes.extend(before.data().iter().zip(after).map(|(was, is)| weight * (is - was)));
        }
        self.changes.push(shards, shard, Some(changes));
    }

    /// The sums of this rank's changes.
    pub fn take(&mut self) -> Partial {
        std::mem::take(&mut self.changes)
    }

    /// Gives the network those after a batch of so many samples, from the sums of all changes.
    pub fn put(&self, network: &mut Network, sums: &[f32], samples: usize) {
        let samples = samples.max(1) as f32;
        let mut rest = sums;
        for (id, before) in &self.before {
            let (own, later) = rest.split_at(before.count());
            rest = later;
            // What no shard has changed stays as it is, also where it is stored in half precision.
            network.parameters_mut().get_mut(*id).value = match own.iter().all(|&x| x == 0.0) {
                true => before.clone(),
                false => {
                    let was = before.data();
                    Tensor::from_fn(before.shape(), |i| was[i] + own[i] / samples)
                }
            };
        }
    }
}
