//! Workers that stay awake between the hand-overs of a step.
//!
//! A step hands work over every few microseconds. Waking a worker that sleeps takes 50 of them, and on a virtual machine, whose
//! processor goes to sleep with it, often more than the work itself: the second of two threads was worth 1.1 to 1.4 instead of
//! 1.7 to 2.0 then. PyTorch's threads (OpenMP's) stay awake for the same reason, for longer.

use rayon::Yield;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a worker without work stays awake: longer than what a step does between two hand-overs.
const AWAKE: Duration = Duration::from_millis(2);
/// How long such a worker keeps its processor to itself; afterwards it offers it to other programs again and again.
const ALONE: Duration = Duration::from_micros(50);

/// Workers that are awake.
static WATCHING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static IS_WATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the other workers awake from here to a little after the last hand-over.
pub(super) fn keep_awake() {
    let Some(own) = rayon::current_thread_index() else { return };
    if WATCHING.load(Ordering::Relaxed) + 1 < rayon::current_num_threads() {
        rayon::spawn_broadcast(move |worker| {
            if worker.index() != own && !IS_WATCHING.replace(true) {
                WATCHING.fetch_add(1, Ordering::Relaxed);
                watch();
                WATCHING.fetch_sub(1, Ordering::Relaxed);
                IS_WATCHING.set(false);
            }
        });
    }
}

/// Does what work there is, until there has been none for a while.
fn watch() {
    let mut idle = Instant::now();
    loop {
        if let Some(Yield::Executed) = rayon::yield_now() {
            idle = Instant::now();
            continue;
        }
        match idle.elapsed() {
            time if time < ALONE => (0..16).for_each(|_| std::hint::spin_loop()),
            time if time < AWAKE => std::thread::yield_now(),
            _ => return,
        }
    }
}
