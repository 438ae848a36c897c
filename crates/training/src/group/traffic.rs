//! How much ranks tell each other, and how long that takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts what a group sums.
#[derive(Debug, Default)]
pub struct Traffic {
    numbers: AtomicU64,
    summing: AtomicU64,
    waiting: AtomicU64,
}

impl Traffic {
    /// Numbers of gradients that were summed over the ranks.
    pub fn numbers(&self) -> u64 {
        self.numbers.load(Ordering::Relaxed)
    }

    /// How long these sums took.
    pub fn summing(&self) -> Duration {
        Duration::from_nanos(self.summing.load(Ordering::Relaxed))
    }

    /// How long steps waited for them after their backward passes: the rest passed during these.
    pub fn waiting(&self) -> Duration {
        Duration::from_nanos(self.waiting.load(Ordering::Relaxed))
    }

    pub(crate) fn count_sum(&self, numbers: usize, time: Duration) {
        self.numbers.fetch_add(numbers as u64, Ordering::Relaxed);
        self.summing.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_wait(&self, time: Duration) {
        self.waiting.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }
}
