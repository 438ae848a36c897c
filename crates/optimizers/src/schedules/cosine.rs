//! Cosine annealing.

use super::{Place, Schedule, Warmup, WarmupOptions, half_cosine};
use relume_catalog::Spec;

/// The rate falls along half a cosine, to nearly 0 at the end of the run.
///
/// factor = floor + (1 - floor) (1 + cos(pi epoch / epochs)) / 2. Loshchilov and Hutter, "SGDR: stochastic gradient
/// descent with warm restarts", 2017; PyTorch's `CosineAnnealingLR` with T_max the number of epochs.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 schedule=cosine(warmup=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Cosine {
    /// The rate at the end, as a fraction of itself.
    #[spec(default = 0.0, fraction)]
    pub floor: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for Cosine {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn has_end(&self) -> bool {
        true
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let part = place.epoch.min(place.epochs) as f64 / place.epochs.max(1) as f64;
        half_cosine(1.0, self.floor, part)
    }
}
