//! Cosine annealing with restarts.

use super::{Place, Schedule, Warmup, WarmupOptions, half_cosine};
use relume_catalog::Spec;

/// The rate falls along half a cosine and restarts, repeatedly.
///
/// Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017; PyTorch's
/// `CosineAnnealingWarmRestarts` with T_0 = every and T_mult = mult.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 schedule=cosine_restarts(1, mult=2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct CosineRestarts {
    /// Epochs until the first restart.
    #[spec(positive)]
    pub every: u64,
    /// How many times longer each period is than the one before.
    #[spec(default = 1, positive)]
    pub mult: u64,
    /// The rate at the end of a period, as a fraction of itself.
    #[spec(default = 0.0, fraction)]
    pub floor: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for CosineRestarts {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let mut length = self.every.max(1);
        let mut into = place.epoch;
        if self.mult <= 1 {
            into %= length;
        }
        while into >= length {
            into -= length;
            length = length.saturating_mul(self.mult);
        }
        half_cosine(1.0, self.floor, into as f64 / length as f64)
    }
}
