//! Learning-rate schedules: a factor on the learning rate for each epoch.
//!
//! A factor depends on the place in the run alone, so that a run that was stopped goes on exactly.

mod constant;
mod cosine;
mod exponential;
mod step;

pub use constant::Constant;
pub use cosine::Cosine;
pub use exponential::Exponential;
pub use step::Step;

use relume_catalog::{Argument, Type, table};

/// A factor that depends on the epoch.
pub trait Schedule {
    /// How many epochs the rate rises at the beginning.
    fn warmup(&self) -> u64;

    /// The factor of an epoch after the warm-up, counted from 0, of so many.
    fn after_warmup(&self, epoch: u64, epochs: u64) -> f64;
}

table! {
    /// Every schedule.
    pub enum ScheduleSpec: dyn Schedule { Constant, Step, Exponential, Cosine }
}

/// What the rate starts with in a warm-up: PyTorch's `LinearLR`.
const WARMUP_START: f64 = 1.0 / 3.0;

impl ScheduleSpec {
    /// The factor of an epoch, counted from 0, in a run of so many.
    pub fn factor(&self, epoch: u64, epochs: u64) -> f64 {
        let schedule = self.inner();
        let warmup = schedule.warmup();
        match epoch.checked_sub(warmup) {
            Some(epoch) => schedule.after_warmup(epoch, epochs.saturating_sub(warmup)),
            None => WARMUP_START + (1.0 - WARMUP_START) * epoch as f64 / warmup as f64,
        }
    }
}

const WARMUP: Argument = Argument::new(
    "warmup",
    Type::NATURAL,
    "epochs at the beginning over which the rate rises from a third of itself",
)
.or_integer(0);
