//! Polynomial decay.

use super::{Place, Schedule, Warmup, WarmupOptions};
use relume_catalog::Spec;

/// The rate falls to 0 by a power of the remaining part of the epochs.
///
/// factor = (1 - epoch / total_iters)^power, and 0 after that. PyTorch's `PolynomialLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 schedule=polynomial(4, power=2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Polynomial {
    /// Epochs until the rate is 0.
    #[spec(default = 5, positive)]
    pub total_iters: u64,
    /// The power.
    #[spec(default = 1.0, non_negative)]
    pub power: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for Polynomial {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn has_end(&self) -> bool {
        true
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let total = self.total_iters.max(1) as f64;
        (1.0 - place.epoch.min(self.total_iters) as f64 / total).powf(self.power)
    }
}
