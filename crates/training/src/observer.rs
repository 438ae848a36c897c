//! Watching a run, and asking it to stop.

use crate::EpochRecord;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where a run stands after a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The epoch, counted from 1 within this call.
    pub epoch: usize,
    /// How many epochs this call is to train.
    pub epochs: usize,
    /// Batches done in this epoch.
    pub batch: usize,
    /// Batches of an epoch.
    pub batches: usize,
    /// The mean loss of this epoch so far.
    pub loss: f32,
    /// The metric of this epoch so far.
    pub metric: f32,
    /// Samples trained on for each second of this call.
    pub samples_per_second: f64,
    /// The time that the rest of this call will take, judged by the past.
    pub left: Duration,
}

/// Watches a run.
pub trait Observer: Send {
    /// After each batch.
    fn batch(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// After each epoch, with its losses and metrics; `metric` is the metric's name.
    fn epoch(&mut self, progress: &Progress, record: &EpochRecord, metric: &str) {
        let _ = (progress, record, metric);
    }

    /// A remark on something that will probably go wrong.
    fn warning(&mut self, text: &str) {
        let _ = text;
    }
}

/// An observer that ignores all events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}

/// A request to stop at the end of the batch; clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks to stop.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Withdraws the request, and says whether there was one.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    /// Whether the run was asked to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
