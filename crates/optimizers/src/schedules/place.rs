//! A place in a run.

/// The figures of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EpochMetrics {
    /// The mean loss.
    pub loss: f64,
    /// The metric.
    pub metric: f64,
    /// The loss on the validation part, if there is one.
    pub validation_loss: Option<f64>,
    /// The metric on the validation part, if there is one.
    pub validation_metric: Option<f64>,
}

/// A place in a run: what a schedule may depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place<'a> {
    /// Finished epochs.
    pub epoch: u64,
    /// Epochs of the run.
    pub epochs: u64,
    /// Finished batches of this epoch.
    pub batch: u64,
    /// Batches of an epoch.
    pub batches: u64,
    /// The learning rate to which the factor applies.
    pub lr: f64,
    /// The figures of the finished epochs, oldest first.
    pub metrics: &'a [EpochMetrics],
}

impl<'a> Place<'a> {
    /// The beginning of an epoch, counted from 0, in a run of `epochs` with one batch each.
    pub fn epoch(epoch: u64, epochs: u64) -> Self {
        Place { epoch, epochs, batch: 0, batches: 1, lr: 1.0, metrics: &[] }
    }

    /// Finished steps.
    pub fn step(&self) -> u64 {
        self.epoch.saturating_mul(self.batches).saturating_add(self.batch)
    }

    /// Steps of the run.
    pub fn steps(&self) -> u64 {
        self.epochs.saturating_mul(self.batches)
    }

    /// The same place, counted from a later beginning.
    pub(super) fn after(self, epochs: u64) -> Self {
        Place {
            epoch: self.epoch.saturating_sub(epochs),
            epochs: self.epochs.saturating_sub(epochs),
            metrics: self.metrics.get(epochs as usize..).unwrap_or_default(),
            ..self
        }
    }

    /// The same place in a run that ends earlier.
    pub(super) fn until(self, epochs: u64) -> Place<'a> {
        Place { epochs: epochs.min(self.epochs), ..self }
    }
}
