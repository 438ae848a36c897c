//! What shards of a batch tell each other within a pass.

use crate::group::{Group, Shards};
use relume_autograd::{Together, TogetherError};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a shard that waits looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);

/// The shards of this rank, which pass side by side and wait for each other and for those of other ranks.
#[derive(Debug)]
pub(super) struct Meeting {
    group: Group,
    /// How many shards this rank has.
    own: usize,
    /// The ranks that have any.
    ranks: Vec<usize>,
    round: Mutex<Round>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Round {
    number: u64,
    /// What the shards of this rank have brought to this round.
    brought: BTreeMap<usize, Vec<f64>>,
    /// The sums of the round before.
    sums: Arc<[f64]>,
    failed: Option<String>,
}

impl Meeting {
    /// The shards of a batch of so many samples.
    pub fn new(group: Group, shards: &Shards, samples: usize) -> Arc<Self> {
        let filled = |rank: usize| {
            shards.of_rank(rank).filter(|&shard| !shards.is_empty(shard, samples)).count()
        };
        let ranks = (0..group.size()).filter(|&rank| filled(rank) > 0).collect();
        let own = filled(group.rank());
        Arc::new(Meeting { group, own, ranks, round: Mutex::default(), changed: Condvar::new() })
    }

    /// The seat of a shard.
    pub fn seat(self: &Arc<Self>, shard: usize) -> Seat {
        Seat { meeting: self.clone(), shard }
    }

    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets those who wait know that a shard will not come.
    pub fn leave(&self, why: &str) {
        self.round().failed.get_or_insert_with(|| why.to_string());
        self.changed.notify_all();
    }

    /// The sums of all shards of all ranks, in the order of the shards.
    fn sums(&self, brought: BTreeMap<usize, Vec<f64>>) -> Result<Vec<f64>, String> {
        let ranks = self.ranks.iter().copied();
        let all = self.group.gather_among("statistics of a batch", brought, ranks);
        let all = all.map_err(|error| error.to_string())?;
        let mut shards = all.into_iter().flatten();
        let (_, mut sums) = shards.next().unwrap_or_default();
        for (shard, own) in shards {
            if own.len() != sums.len() {
                return Err(format!("shard {shard} has {} numbers, not {}", own.len(), sums.len()));
            }
            sums.iter_mut().zip(own).for_each(|(sum, x)| *sum += x);
        }
        Ok(sums)
    }
}

/// One shard's seat.
#[derive(Debug)]
pub(super) struct Seat {
    meeting: Arc<Meeting>,
    shard: usize,
}

impl Drop for Seat {
    /// A shard whose thread panics does not come any more.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.meeting.leave("a shard of the batch has panicked");
        }
    }
}

impl Together for Seat {
    fn sum(&self, numbers: &mut [f64]) -> Result<(), TogetherError> {
        let meeting = &*self.meeting;
        let mut round = meeting.round();
        let number = round.number;
        round.brought.insert(self.shard, numbers.to_vec());
        if round.brought.len() == meeting.own && round.failed.is_none() {
            let brought = std::mem::take(&mut round.brought);
            match meeting.sums(brought) {
                Ok(sums) => round.sums = sums.into(),
                Err(error) => round.failed = Some(error),
            }
            round.number += 1;
            meeting.changed.notify_all();
        }
        while round.number == number && round.failed.is_none() {
            relume_tensor::interrupt::check();
            let waited = meeting.changed.wait_timeout(round, LOOK);
            round = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(failed) = &round.failed {
            return Err(TogetherError(failed.clone()));
        }
        numbers.copy_from_slice(&round.sums);
        Ok(())
    }
}
