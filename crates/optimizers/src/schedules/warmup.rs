//! The warm-up that schedules share.

use relume_catalog::Spec;

/// How the rate rises before the schedule begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Spec)]
#[spec(block = WarmupOptions)]
pub struct Warmup {
    /// Epochs of warm-up, in which the rate rises from a third of itself.
    #[spec(default = 0)]
    pub warmup: u64,
}
