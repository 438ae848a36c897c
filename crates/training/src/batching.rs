//! How many samples pass through a network at once, outside training.

use crate::TrainError;
use crate::group::{Group, GroupError};
use relume_datasets::shard;
use relume_layers::{Mode, Network, Workspace};
use relume_tensor::{Array, peak_numbers};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Range;

/// The most samples that pass at once, and the most numbers (128 MiB) that their pass holds.
const SAMPLES: usize = 256;
const NUMBERS: usize = 32 << 20;

/// Heads of attention and buffers of a layer that are assumed where nothing was measured.
const HEADS: usize = 16;
const BUFFERS: usize = 8;

/// How many of `count` samples pass at once: fewer if a pass of 256 would hold more than 128 MiB. If the shapes do not
/// rule that out, a few samples are passed first, which `first` gives by their number, and what they hold is measured.
pub(crate) fn samples_at_once(
    network: &mut Network,
    count: usize,
    first: impl Fn(usize) -> Result<Array, TrainError>,
) -> Result<usize, TrainError> {
    let most = count.clamp(1, SAMPLES);
    if most.saturating_mul(bound(network)) <= NUMBERS {
        return Ok(SAMPLES);
    }
    // What a pass holds whatever the number of samples, such as packed weights, is in both.
    let few = most.min(3);
    let [one, some] = [1, few].map(|samples| peak(network, first(samples)?));
    let each = some?.saturating_sub(one?) / (few - 1).max(1);
    Ok((NUMBERS / each.max(1)).clamp(1, SAMPLES))
}

/// Samples that pass in batches of a size, shared out among ranks: each has some whole batches in a row. So every
/// number of ranks has the same batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranks<'a> {
    pub group: &'a Group,
    pub samples: usize,
    pub size: usize,
}

impl<'a> Ranks<'a> {
    /// Samples in batches of a size that all ranks take: what a pass holds may depend on a rank's threads.
    ///
    /// # Errors
    /// A rank that is gone, or that failed.
    pub fn agreed(group: &'a Group, samples: usize, size: usize) -> Result<Self, TrainError> {
        let sizes = group.gather("how many samples pass at once", size)?;
        Ok(Ranks { group, samples, size: sizes.into_iter().min().unwrap_or(size) })
    }

    /// The samples of a rank.
    pub fn samples_of(&self, rank: usize) -> Range<usize> {
        let batches = shard(self.samples.div_ceil(self.size), self.group.size(), rank);
        let sample = |batch: usize| batch.saturating_mul(self.size).min(self.samples);
        sample(batches.start)..sample(batches.end)
    }

    /// What all ranks have found, by rank.
    ///
    /// # Errors
    /// On all ranks, what one of them met: an interrupt, or whatever its own error is.
    pub fn all<T: Serialize + DeserializeOwned>(
        &self,
        own: Result<T, TrainError>,
    ) -> Result<Vec<T>, TrainError> {
        if !self.group.is_several() {
            return own.map(|own| vec![own]);
        }
        let (told, failed) = match own {
            Ok(own) => (Ok(own), None),
            Err(error) => {
                let is_interrupted = matches!(error, TrainError::Interrupted);
                (Err((is_interrupted, error.to_string())), Some(error))
            }
        };
        let all = self.group.gather("what samples have given", told)?;
        if let Some(error) = failed {
            return Err(error);
        }
        let error = |(rank, told): (usize, Result<T, (bool, String)>)| {
            told.map_err(|(is_interrupted, text)| match is_interrupted {
                true => TrainError::Interrupted,
                false => GroupError::Failed { rank, text }.into(),
            })
        };
        all.into_iter().enumerate().map(error).collect()
    }
}

/// More numbers than a pass of one sample holds: what stages give, what layers within them may give at each position,
/// whose width is that of a parameter, and the scores of attention.
fn bound(network: &Network) -> usize {
    let sizes = network.parameters().iter().flat_map(|(_, own)| own.value.dims().to_vec());
    let widest = sizes.max().unwrap_or(1);
    let product = |sizes: &[usize]| sizes.iter().fold(1, |n: usize, &size| n.saturating_mul(size));
    let numbers = network.shapes().iter().map(|shape| {
        let (positions, scores) = match shape[..] {
            [] | [_] => (1, 0),
            [steps, _] => (steps, steps.saturating_mul(steps).saturating_mul(HEADS)),
            [_, ref positions @ ..] => (product(positions), 0),
        };
        let given = shape.count().saturating_add(positions.saturating_mul(widest));
        given.saturating_mul(BUFFERS).saturating_add(scores)
    });
    numbers.fold(1, usize::saturating_add)
}

/// The most numbers that a pass of these samples holds at once.
fn peak(network: &mut Network, samples: Array) -> Result<usize, TrainError> {
    let (result, numbers) = peak_numbers(|| {
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(samples);
        network.forward(&mut workspace, x, Mode::Inference)
    });
    result?;
    Ok(numbers)
}
