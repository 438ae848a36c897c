//! The progress of a run, its speed, and the remaining time.

use crate::model::Run;
use crate::{Plan, Progress};
use std::time::{Duration, Instant};

/// Measures one call of `fit`.
pub(super) struct Clock {
    started: Instant,
    /// How many samples an epoch has.
    pub train_samples: usize,
    /// Samples done in this call.
    pub samples: usize,
}

impl Clock {
    pub fn start(train_samples: usize) -> Self {
        Clock { started: Instant::now(), train_samples, samples: 0 }
    }

    /// The progress of a run.
    pub fn progress(&self, run: &Run, plan: &Plan, batches: usize) -> Progress {
        let [loss, metric, samples] = run.sums;
        let seconds = self.started.elapsed().as_secs_f64();
        let speed = self.samples as f64 / seconds.max(1e-9);
        let last = run.began.saturating_add(plan.epochs);
        let done = (run.batch as f64 * plan.batch as f64).min(self.train_samples as f64);
        let samples_left = (last - run.epoch) as f64 * self.train_samples as f64 - done;
        Progress {
            epoch: (run.epoch - run.began + 1) as usize,
            epochs: plan.epochs as usize,
            batch: run.batch as usize,
            batches,
            loss: (loss / samples.max(1.0)) as f32,
            metric: (metric / samples.max(1.0)) as f32,
            samples_per_second: speed,
            left: Duration::from_secs_f64((samples_left / speed.max(1e-9)).clamp(0.0, 1e9)),
        }
    }
}
