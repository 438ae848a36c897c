//! A linear change of the rate.

use super::{Place, Schedule, Warmup, WarmupOptions};
use relume_catalog::Spec;

/// The rate changes linearly from one factor to another, and then stays.
///
/// PyTorch's `LinearLR`.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 schedule=linear(1, end_factor=0.1, total_iters=3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule, check = Self::consistent)]
pub struct Linear {
    /// Factor at the beginning.
    #[spec(default = 1.0 / 3.0, fraction)]
    pub start_factor: f64,
    /// Factor at the end.
    #[spec(default = 1.0, fraction)]
    pub end_factor: f64,
    /// Epochs from the first factor to the second.
    #[spec(default = 5, positive)]
    pub total_iters: u64,
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Linear {
    fn consistent(&self) -> Result<(), String> {
        match self.start_factor > 0.0 {
            true => Ok(()),
            false => Err("start_factor must be above 0".to_string()),
        }
    }
}

impl Schedule for Linear {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let part = place.epoch.min(self.total_iters) as f64 / self.total_iters.max(1) as f64;
        self.start_factor + (self.end_factor - self.start_factor) * part
    }
}
