//! Stopping work that has begun.
//!
//! [`cancellable`] runs work that an [`Interrupt`] may stop. The kernels of this crate, and all that ask [`check`],
//! then end between two blocks or pieces by unwinding to it; what they were writing is half done. Other work never
//! unwinds: a request outside of it changes nothing. The request is bound to the thread and the pieces of work that it
//! spreads, so that runs side by side do not stop one another.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// A request to stop; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Flag>);

/// A flag that outlives its owner: threads ask it without counting references.
#[derive(Debug)]
struct Flag(&'static AtomicBool);

/// Flags without an owner, so that there are never more than were in use at once.
static UNUSED: Mutex<Vec<&'static AtomicBool>> = Mutex::new(Vec::new());

impl Default for Flag {
    fn default() -> Self {
        let unused = UNUSED.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Flag(unused.unwrap_or_else(|| Box::leak(Box::default())))
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
        UNUSED.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

impl Interrupt {
    /// Makes the request.
    pub fn set(&self) {
        self.0.0.store(true, Ordering::SeqCst);
    }

    /// Withdraws the request, and returns whether there was one.
    pub fn take(&self) -> bool {
        self.0.0.swap(false, Ordering::SeqCst)
    }

    /// Whether there is a request.
    pub fn is_set(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }
}

/// Work that was stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it was interrupted")]
pub struct Cancelled;

thread_local! {
    /// What may stop the work of this thread.
    static CURRENT: Cell<Option<&'static AtomicBool>> = const { Cell::new(None) };
}

/// What may stop the work of a thread, to be carried to another one.
#[derive(Clone, Copy, Debug)]
pub struct Current(Option<&'static AtomicBool>);

impl Current {
    /// That of this thread.
    pub fn get() -> Self {
        Current(CURRENT.get())
    }

    /// Whether the work is to stop.
    #[inline]
    pub fn is_cancelled(self) -> bool {
        self.0.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Runs work on this thread that may be stopped like this.
    pub fn within<R>(self, work: impl FnOnce() -> R) -> R {
        struct Restore(Option<&'static AtomicBool>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restored_even_if_work_panics = Restore(CURRENT.replace(self.0));
        work()
    }

    /// Ends the work here if it is to stop.
    #[inline]
    pub fn check(self) {
        if self.is_cancelled() {
            unwind();
        }
    }
}

/// Ends the work of this thread here if it is to stop: it unwinds to [`cancellable`]. It costs about a nanosecond.
#[inline]
pub fn check() {
    Current::get().check();
}

#[cold]
fn unwind() {
    // A destructor that runs kernels while another panic unwinds is let finish.
    if !std::thread::panicking() {
        resume_unwind(Box::new(Cancelled));
    }
}

/// Runs work that the interrupt may stop in the middle of any kernel. Values that the work was changing are then half
/// changed: those that are used afterwards are to be put back, or to be changed under [`uncancelled`].
///
/// # Errors
/// It was stopped.
pub fn cancellable<R>(interrupt: &Interrupt, work: impl FnOnce() -> R) -> Result<R, Cancelled> {
    let current = Current(Some(interrupt.0.0));
    match catch_unwind(AssertUnwindSafe(|| current.within(work))) {
        Ok(result) => Ok(result),
        Err(payload) if payload.is::<Cancelled>() => Err(Cancelled),
        Err(payload) => resume_unwind(payload),
    }
}

/// Runs work that is not stopped before its end.
pub fn uncancelled<R>(work: impl FnOnce() -> R) -> R {
    Current(None).within(work)
}

/// How often who waits for work looks whether it is to stop.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs long work that does not ask [`check`] itself, such as a decomposition of another crate. If it may be stopped,
/// it gets a thread of its own, which is then left to itself; where no thread can be started, it runs here to its end.
pub fn waiting_for<R, F>(work: F) -> R
where
    R: Send + 'static,
    F: FnOnce() -> R + Send + 'static,
{
    let current = Current::get();
    if current.0.is_none() {
        return work();
    }
    // The work is sent once there is a thread: a thread that cannot be started would drop it.
    let (give, given) = sync_channel(1);
    let (answer, answered) = sync_channel(1);
    let thread = std::thread::Builder::new().name("relume-work".to_string());
    let thread = thread.spawn(move || {
        let work: Result<F, _> = given.recv();
        // Who left has no use for the result.
        work.map(|work| drop(answer.send(work())))
    });
    let Ok(thread) = thread else { return work() };
    if let Err(SendError(work)) = give.send(work) {
        return work();
    }
    loop {
        match answered.recv_timeout(PAUSE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => current.check(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // It ended without a result: it panicked.
    resume_unwind(thread.join().err().unwrap_or_else(|| Box::new("work without a result")))
}

/// Pieces of work that are skipped once it is to stop.
pub(crate) struct Skipping {
    current: Current,
    has_skipped: AtomicBool,
}

impl Skipping {
    /// Those of this thread's work; `None` if nothing may stop it.
    #[inline]
    pub fn begin() -> Option<Self> {
        let current = Current::get();
        current.0.map(|_| Skipping { current, has_skipped: AtomicBool::new(false) })
    }

    /// Runs a piece, on whatever thread, unless the work is to stop.
    #[inline]
    pub fn piece(&self, work: impl FnOnce()) {
        match self.current.is_cancelled() {
            true => self.has_skipped.store(true, Ordering::Relaxed),
            false => self.current.within(work),
        }
    }

    /// Ends the work if a piece of it is missing.
    pub fn finish(self) {
        // The request may have been withdrawn since: what is missing stays missing.
        if self.has_skipped.into_inner() {
            unwind();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;
    use std::time::Instant;

    #[test]
    fn work_is_stopped_by_its_own_interrupt_alone() {
        let (own, other) = (Interrupt::default(), Interrupt::default());
        other.set();
        assert_eq!(
            cancellable(&own, || Tensor::ones([300, 300]).map(|x| x + 1.0).sum()),
            Ok(180_000.0)
        );
        own.set();
        assert_eq!(cancellable(&own, check), Err(Cancelled));
        assert_eq!(cancellable(&own, || uncancelled(check)), Ok(()));
        check();
    }

    #[test]
    fn a_product_ends_between_its_blocks() {
        let interrupt = Interrupt::default();
        let a = Tensor::ones([2048, 4096]);
        let b = Tensor::ones([4096, 2048]);
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let ask = interrupt.clone();
            let asked = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                ask.set();
                Instant::now()
            });
            let stopped =
                pool.install(|| cancellable(&interrupt, || while a.matmul(&b).is_ok() {}));
            let ended = Instant::now();
            assert_eq!(stopped, Err(Cancelled));
            let since = ended.duration_since(asked.join().unwrap());
            assert!(since < Duration::from_secs(2), "{since:?}");
            interrupt.take();
        }
    }

    #[test]
    fn what_cannot_ask_is_left_behind() {
        let interrupt = Interrupt::default();
        let ask = interrupt.clone();
        let forever = || std::thread::sleep(Duration::from_secs(60));
        let stopped = cancellable(&interrupt, || {
            ask.set();
            waiting_for(forever)
        });
        assert_eq!(stopped, Err(Cancelled));
        assert_eq!(cancellable(&Interrupt::default(), || waiting_for(|| 42)), Ok(42));
    }

    #[test]
    fn a_panic_stays_a_panic() {
        let caught = catch_unwind(|| cancellable(&Interrupt::default(), || panic!("own")));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"own"));
    }

    #[test]
    fn a_request_ends_with_its_last_owner() {
        let interrupt = Interrupt::default();
        interrupt.set();
        drop(interrupt);
        assert!((0..100).map(|_| Interrupt::default()).all(|own| !own.is_set()));
    }
}
