//! Exponential decay.

use super::{Place, Schedule, Warmup, WarmupOptions, power};
use relume_catalog::Spec;

/// Multiplies the rate by gamma after each epoch.
///
/// PyTorch's `ExponentialLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 schedule=exponential(0.9)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Exponential {
    /// The factor.
    #[spec(non_negative)]
    pub gamma: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for Exponential {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch)
    }
}
