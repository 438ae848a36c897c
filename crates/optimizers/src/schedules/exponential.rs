//! The rate falls after each epoch.

use super::{Place, Schedule, power};
use relume_catalog::Spec;

/// Multiplies the rate with gamma after each epoch.
///
/// PyTorch's `ExponentialLR`.
///
/// ```relume
/// train net on digits epochs=2 schedule=exponential(0.9)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Exponential {
    /// What the rate is multiplied with.
    #[spec(non_negative)]
    pub gamma: f64,
    /// Epochs at the beginning over which the rate rises from a third of itself.
    #[spec(default = 0)]
    pub warmup: u64,
}

impl Schedule for Exponential {
    fn warmup_epochs(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch)
    }
}
