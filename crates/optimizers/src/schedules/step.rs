//! Steps every few epochs.

use super::{Place, Schedule, Warmup, WarmupOptions, power};
use relume_catalog::Spec;

/// Multiplies the rate by gamma every few epochs.
///
/// PyTorch's `StepLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 schedule=step(10, gamma=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Step {
    /// Epochs between two steps.
    #[spec(positive)]
    pub every: u64,
    /// The factor.
    #[spec(default = 0.1, non_negative)]
    pub gamma: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for Step {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch / self.every.max(1))
    }
}
