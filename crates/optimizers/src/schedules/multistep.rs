//! Steps at given epochs.

use super::{Place, Schedule, Warmup, WarmupOptions, power};
use relume_catalog::Spec;

/// Multiplies the rate by gamma at given epochs.
///
/// PyTorch's `MultiStepLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 schedule=multistep([1, 2], gamma=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule, check = Self::consistent)]
pub struct Multistep {
    /// Epochs after which the rate falls.
    #[spec(positive)]
    pub milestones: Vec<u64>,
    /// The factor.
    #[spec(default = 0.1, non_negative)]
    pub gamma: f64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Multistep {
    fn consistent(&self) -> Result<(), String> {
        match self.milestones.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(()),
            false => Err("milestones must rise".to_string()),
        }
    }
}

impl Schedule for Multistep {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let fallen = self.milestones.iter().filter(|&&milestone| milestone <= place.epoch).count();
        power(self.gamma, fallen as u64)
    }
}
