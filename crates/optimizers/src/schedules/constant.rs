//! The rate stays as it is.

use super::{Place, Schedule};
use relume_catalog::Spec;

/// The rate stays as it is.
///
/// ```relume
/// train net on digits epochs=2 schedule=constant(warmup=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(schedule)]
pub struct Constant {
    /// Epochs at the beginning over which the rate rises from a third of itself.
    #[spec(default = 0)]
    pub warmup: u64,
}

impl Schedule for Constant {
    fn warmup_epochs(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, _: &Place) -> f64 {
        1.0
    }
}
