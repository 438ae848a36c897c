//! Workers that stay awake between the hand-overs of a run.
//!
//! A step hands work over every few microseconds. Waking a worker that sleeps takes 50 of them, and on a virtual machine, whose
//! processor goes to sleep with it, often more than the work itself: the second of two threads was worth 1.1 to 1.4 instead of
//! 1.7 to 2.0 then. PyTorch's threads (OpenMP's) stay awake for the same reason.

use rayon::Yield;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a worker without work keeps its processor to itself.
const ALONE: Duration = Duration::from_micros(50);
/// How long it then offers it to other programs, again and again, before it naps.
const AWAKE: Duration = Duration::from_millis(2);
/// The longest nap.
const NAP: Duration = Duration::from_millis(5);

/// Whether the workers are kept awake by somebody: a run within a run has them already.
static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// Keeps the workers awake until it is dropped.
pub(super) struct Kept(Arc<AtomicBool>);

impl Kept {
    /// The workers of this thread's pool, but for this one itself. None where somebody keeps them awake already.
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

/// Does what work there is until all is over.
fn watch(is_over: &AtomicBool) {
    let mut idle = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        if let Some(Yield::Executed) = rayon::yield_now() {
            idle = Instant::now();
            continue;
        }
        match idle.elapsed() {
            time if time < ALONE => (0..16).for_each(|_| std::hint::spin_loop()),
            time if time < AWAKE => std::thread::yield_now(),
            // An eighth of the pause so far is the most that the next piece waits.
            time => std::thread::sleep((time / 8).min(NAP)),
        }
    }
}
