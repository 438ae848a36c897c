//! Batches that are prepared while the one before is in use.

use crate::{Batch, Batches, DataError};
use rayon::Yield;
use relume_tensor::interrupt::{self, Current};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Prepares batches ahead on a thread of its own if that is worth it, and otherwise when they are asked for.
///
/// The batches and their order are those of the [`Batches`] in either case.
#[derive(Debug)]
pub struct Loader(Preparing);

#[derive(Debug)]
enum Preparing {
    Direct(Batches),
    Ahead(Ahead),
}

#[derive(Debug)]
struct Ahead {
    /// Batches that are ready; `None` once no more of them are needed.
    ready: Option<Receiver<Result<Batch, DataError>>>,
    /// Used batches: their buffers go back to the thread that fills them.
    used: SyncSender<Batch>,
    /// Batches that have not been handed out yet.
    left: usize,
    thread: Option<JoinHandle<()>>,
}

/// Batches that may wait while another one is in use and one more is being prepared.
const READY: usize = 1;

impl Loader {
    /// Prepares ahead if files must be read, and otherwise when a batch is asked for.
    pub fn new(batches: Batches) -> Self {
        match batches.is_slow() {
            true => Self::ahead(batches),
            false => Self::direct(batches),
        }
    }

    /// Prepares each batch when it is asked for.
    pub fn direct(batches: Batches) -> Self {
        Loader(Preparing::Direct(batches))
    }

    /// Prepares batches ahead on a thread of its own; if the system gives none, when they are asked for.
    pub fn ahead(batches: Batches) -> Self {
        let left = batches.items();
        let (ready_in, ready) = sync_channel(READY);
        let (used, used_out) = sync_channel(READY + 2);
        let own = batches.clone();
        let current = Current::get();
        let thread = std::thread::Builder::new()
            .name("relume-batches".to_string())
            .spawn(move || current.within(|| prepare(own, &ready_in, &used_out)));
        match thread {
            Ok(thread) => Loader(Preparing::Ahead(Ahead {
                ready: Some(ready),
                used,
                left,
                thread: Some(thread),
            })),
            Err(_) => Self::direct(batches),
        }
    }

    /// Returns a used batch, so that its buffers are used again.
    pub fn recycle(&self, batch: Batch) {
        if let Preparing::Ahead(ahead) = &self.0 {
            // If the thread has ended, or more batches are out than the channel holds, it is simply dropped.
            drop(ahead.used.try_send(batch));
        }
    }
}

/// The work of the thread: batch after batch, until there are none or no more are needed.
fn prepare(batches: Batches, ready: &SyncSender<Result<Batch, DataError>>, used: &Receiver<Batch>) {
    for batch in batches {
        let failed = batch.is_err();
        if ready.send(batch).is_err() || failed {
            return;
        }
        // A batch that is dropped here returns its buffers to this thread's pool, from which the next batch takes them.
        while let Ok(batch) = used.try_recv() {
            drop(batch);
        }
    }
}

impl Iterator for Loader {
    type Item = Result<Batch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Preparing::Direct(batches) => batches.next(),
            Preparing::Ahead(ahead) => ahead.next(),
        }
    }
}

impl Ahead {
    fn next(&mut self) -> Option<Result<Batch, DataError>> {
        if self.left == 0 {
            return None;
        }
        let batch = wait(self.ready.as_ref()?);
        self.left = if batch.is_ok() { self.left - 1 } else { 0 };
        Some(batch)
    }
}

/// How long a worker without work waits before it looks for work again.
const PAUSE: Duration = Duration::from_micros(100);
/// How often any other thread looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(10);

/// The next batch. A worker does other work meanwhile: the thread that prepares batches spreads its work over the
/// workers, and if there is only one, that worker is the one waiting here.
fn wait(ready: &Receiver<Result<Batch, DataError>>) -> Result<Batch, DataError> {
    loop {
        interrupt::check();
        let pause = match rayon::yield_now() {
            None => LOOK,
            Some(Yield::Executed) => Duration::ZERO,
            Some(Yield::Idle) => PAUSE,
        };
        match ready.recv_timeout(pause) {
            Ok(batch) => return batch,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                // The thread was stopped, too.
                interrupt::check();
                return Err(DataError::Lost);
            }
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // The thread may be waiting for a receiver of finished batches: there will be none.
        self.ready = None;
        if let Some(thread) = self.thread.take() {
            // Or for a worker, which this thread may be.
            while !thread.is_finished() && rayon::yield_now().is_some() {
                std::thread::sleep(PAUSE);
            }
            // A panic of the thread was reported as a missing batch.
            drop(thread.join());
        }
    }
}
