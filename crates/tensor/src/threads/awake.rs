//! Workers that stay awake while a run spreads its work.
//!
//! A training step spreads work every few microseconds. Waking a sleeping worker takes 50 of them. On a virtual
//! machine, whose processor sleeps too, it often takes longer than the work: two threads were then 1.1 to 1.4 times as
//! fast as one instead of 1.7 to 2.0 times. PyTorch's threads (OpenMP's) stay awake for the same reason.

use rayon::Yield;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a worker without work spins.
const SPINNING: Duration = Duration::from_micros(50);
/// How long it then yields its processor to other programs before it sleeps.
const YIELDING: Duration = Duration::from_millis(2);
/// The longest sleep.
const LONGEST_SLEEP: Duration = Duration::from_millis(5);

/// Whether the workers are kept awake already: so they are in a run within a run.
static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// Keeps the workers awake until it is dropped.
pub(super) struct Kept(Arc<AtomicBool>);

impl Kept {
    /// Keeps the other workers of this thread's pool awake. `None` if they are already.
    pub fn begin() -> Option<Self> {
        let own = rayon::current_thread_index()?;
        if rayon::current_num_threads() == 1 || IS_KEPT.swap(true, Ordering::SeqCst) {
            return None;
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let kept = Kept(Arc::clone(&is_over));
        rayon::spawn_broadcast(move |worker| {
            if worker.index() != own {
                watch(&is_over);
            }
        });
        Some(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
        IS_KEPT.store(false, Ordering::SeqCst);
    }
}

/// Runs work as it comes until the run is over.
fn watch(is_over: &AtomicBool) {
    let mut idle = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        if let Some(Yield::Executed) = rayon::yield_now() {
            idle = Instant::now();
            continue;
        }
        match idle.elapsed() {
            time if time < SPINNING => (0..16).for_each(|_| std::hint::spin_loop()),
            time if time < YIELDING => std::thread::yield_now(),
            // The next piece of work waits at most for an eighth of the pause so far.
            time => std::thread::sleep((time / 8).min(LONGEST_SLEEP)),
        }
    }
}
