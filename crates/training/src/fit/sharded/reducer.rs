//! A thread that sums gradients over ranks while the backward pass goes on.

use crate::group::{Group, GroupError, Partial, Shards, Summed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

/// A bucket to be summed.
struct Job {
    samples: usize,
    numbers: usize,
    own: Partial,
}

/// Sums buckets over all ranks, in the order in which they come.
#[derive(Debug)]
pub(super) struct Reducer {
    jobs: Option<Sender<Job>>,
    sums: Receiver<Result<Vec<f32>, GroupError>>,
    thread: Option<JoinHandle<()>>,
    waiting: usize,
}

impl Reducer {
    /// A reducer for batches in these shards.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(group: Group, shards: Shards) -> Result<Self, std::io::Error> {
        let (jobs, taken) = channel::<Job>();
        let (given, sums) = channel();
        let work = move || {
            for Job { samples, numbers, own } in taken {
                let began = Instant::now();
                let sum = group.sum_shards(Summed { shards: &shards, samples, numbers }, own);
                group.traffic().count_sum(numbers, began.elapsed());
                // After a failure the ranks are no longer at the same bucket.
                let is_broken = sum.is_err();
                if given.send(sum).is_err() || is_broken {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name("relume-sums".to_string()).spawn(work)?;
        Ok(Reducer { jobs: Some(jobs), sums, thread: Some(thread), waiting: 0 })
    }

    /// Hands in the next bucket.
    pub fn put(&mut self, samples: usize, numbers: usize, own: Partial) {
        // If the thread is gone, the sums will tell.
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(Job { samples, numbers, own }));
        }
        self.waiting += 1;
    }

    /// How many buckets of this batch were handed in.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The sums of all buckets that were handed in, in their order.
    ///
    /// # Errors
    /// A rank that is gone or failed.
    pub fn take(&mut self) -> Result<Vec<Vec<f32>>, GroupError> {
        let waiting = std::mem::take(&mut self.waiting);
        let lost = || GroupError::Message("the thread that sums gradients is gone".to_string());
        (0..waiting).map(|_| self.sums.recv().map_err(|_| lost())?).collect()
    }
}

impl Drop for Reducer {
    fn drop(&mut self) {
        self.jobs = None;
        // A sum that is not taken any more may wait for ranks that never come.
        if let Some(thread) = self.thread.take().filter(|_| self.waiting == 0) {
            drop(thread.join());
        }
    }
}
