//! What a step is fed: a batch, or this rank's shards of one.

use crate::TrainError;
use crate::group::Shards;
use relume_datasets::{Batch, Batches, DataError, Loader};
use smallvec::SmallVec;

/// The shards of a batch that this rank has.
#[derive(Debug)]
pub(crate) struct Fed {
    /// How many samples the whole batch has.
    pub samples: usize,
    /// Those with samples, by their numbers; the whole batch if it is not cut.
    pub own: SmallVec<[(usize, Batch); 1]>,
    /// Why the rest could not be read.
    pub failed: Option<DataError>,
}

/// The sizes of an epoch's batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// How many batches there are.
    pub batches: usize,
    first: usize,
    last: usize,
}

impl Sizes {
    pub fn of(batches: &Batches) -> Self {
        let count = batches.batches();
        let last = batches.samples_of(count.saturating_sub(1));
        Sizes { batches: count, first: batches.samples_of(0), last }
    }

    /// The samples of a batch.
    fn samples(self, batch: u64) -> usize {
        if batch + 1 == self.batches as u64 { self.last } else { self.first }
    }

    /// The next batch, which has this number in its epoch, from what gives this rank's shards one after the other;
    /// `None` after the last one.
    pub fn next(
        self,
        batch: u64,
        shards: &Shards,
        mut next: impl FnMut() -> Option<Result<Batch, DataError>>,
    ) -> Option<Fed> {
        if batch >= self.batches as u64 {
            return None;
        }
        let samples = self.samples(batch);
        let mut fed = Fed { samples, own: SmallVec::new(), failed: None };
        for shard in shards.own().filter(|&shard| !shards.is_empty(shard, samples)) {
            match next() {
                Some(Ok(batch)) => fed.own.push((shard, batch)),
                Some(Err(error)) => {
                    fed.failed = Some(error);
                    break;
                }
                None => {
                    fed.failed = Some(DataError::Lost);
                    break;
                }
            }
        }
        Some(fed)
    }
}

impl Fed {
    /// Whether all of this rank's shards could be read.
    pub fn checked(&self) -> Result<(), TrainError> {
        match &self.failed {
            Some(error) => {
                Err(TrainError::Told { text: error.to_string(), help: None, is_of_data: true })
            }
            None => Ok(()),
        }
    }

    /// Gives the batches back to the loader that prepared them.
    pub fn recycle(self, loader: &Loader) {
        self.own.into_iter().for_each(|(_, batch)| loader.recycle(batch));
    }

    /// The first of this rank's batches.
    pub fn first(&self) -> Option<&Batch> {
        self.own.first().map(|(_, batch)| batch)
    }
}
