//! The rate falls every few epochs.

use super::{Place, Schedule, power};
use relume_catalog::Spec;

/// Multiplies the rate with gamma every few epochs.
///
/// PyTorch's `StepLR`.
///
/// ```relume
/// train net on digits epochs=2 schedule=step(10, gamma=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Step {
    /// Epochs between two falls.
    #[spec(positive)]
    pub every: u64,
    /// What the rate is multiplied with.
    #[spec(default = 0.1, non_negative)]
    pub gamma: f64,
    /// Epochs at the beginning over which the rate rises from a third of itself.
    #[spec(default = 0)]
    pub warmup: u64,
}

impl Schedule for Step {
    fn warmup_epochs(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch / self.every.max(1))
    }
}
