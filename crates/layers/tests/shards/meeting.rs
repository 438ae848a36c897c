//! Threads as the shards of a batch.

use relume_autograd::{Together, TogetherError};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// No sum of these tests takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the shards of a batch meet for each sum.
#[derive(Debug)]
pub struct Meeting {
    shards: usize,
    round: Mutex<Round>,
    changed: Condvar,
}

/// One sum.
#[derive(Debug, Default)]
struct Round {
    /// What each shard has given.
    given: Vec<Option<Vec<f64>>>,
    /// The sums, until every shard has taken them.
    sums: Option<Vec<f64>>,
    taken: usize,
    /// Why there are no sums any more.
    failure: Option<String>,
}

/// The seat of one shard.
#[derive(Debug)]
pub struct Seat {
    meeting: Arc<Meeting>,
    shard: usize,
    /// How late it comes to each sum.
    late: Duration,
}

impl Meeting {
    pub fn new(shards: usize) -> Arc<Self> {
        let round = Round { given: vec![None; shards], ..Round::default() };
        Arc::new(Meeting { shards, round: Mutex::new(round), changed: Condvar::new() })
    }

    pub fn seat(self: &Arc<Self>, shard: usize, late: Duration) -> Seat {
        Seat { meeting: self.clone(), shard, late }
    }

    /// Ends all sums.
    pub fn fail(&self, why: &str) {
        // A panic within a sum poisons the lock.
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        round.failure = Some(why.to_string());
        self.changed.notify_all();
    }

    fn sum(&self, shard: usize, numbers: &mut [f64]) -> Result<(), TogetherError> {
        let failure =
            |round: &Round| round.failure.clone().map_or(Ok(()), |why| Err(TogetherError(why)));
        let round = self.round.lock().unwrap();
        // Some may not have taken the sums before.
        let is_busy = |round: &mut Round| round.sums.is_some() && round.failure.is_none();
        let (mut round, _) = self.changed.wait_timeout_while(round, PATIENCE, is_busy).unwrap();
        failure(&round)?;
        round.given[shard] = Some(numbers.to_vec());
        if round.given.iter().all(Option::is_some) {
            let mut sums = vec![0.0; numbers.len()];
            for given in round.given.iter_mut().filter_map(Option::take) {
                assert_eq!(given.len(), sums.len(), "all shards give as many numbers");
                sums.iter_mut().zip(given).for_each(|(sum, own)| *sum += own);
            }
            round.sums = Some(sums);
            round.taken = 0;
            self.changed.notify_all();
        }
        let is_open = |round: &mut Round| round.sums.is_none() && round.failure.is_none();
        let (mut round, _) = self.changed.wait_timeout_while(round, PATIENCE, is_open).unwrap();
        failure(&round)?;
        let Some(sums) = &round.sums else {
            return Err(TogetherError("a shard did not come".to_string()));
        };
        numbers.copy_from_slice(sums);
        round.taken += 1;
        if round.taken == self.shards {
            round.sums = None;
            self.changed.notify_all();
        }
        Ok(())
    }
}

impl Together for Seat {
    fn sum(&self, numbers: &mut [f64]) -> Result<(), TogetherError> {
        thread::sleep(self.late);
        self.meeting.sum(self.shard, numbers)
    }
}

/// Ends all sums of the others if a shard panics, so that a failed assertion does not make them wait.
impl Drop for Seat {
    fn drop(&mut self) {
        if thread::panicking() {
            self.meeting.fail("a shard panicked");
        }
    }
}
