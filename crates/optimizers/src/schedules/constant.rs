//! A constant learning rate.

use super::{Place, Schedule, Warmup, WarmupOptions};
use relume_catalog::Spec;

/// Keeps the rate constant.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=2 schedule=constant(warmup=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Constant {
    /// The warm-up.
    #[spec(flatten = WarmupOptions)]
    pub common: Warmup,
}

impl Schedule for Constant {
    fn warmup_epochs(&self) -> u64 {
        self.common.warmup
    }

    fn after_warmup(&self, _: &Place) -> f64 {
        1.0
    }
}
