//! Learning-rate schedules: a factor on the learning rate for each moment of a run.
//!
//! A factor depends only on the place in the run and on the figures of the epochs before it, so a resumed run continues
//! exactly.

mod constant;
mod cosine;
mod cosine_restarts;
mod exponential;
mod linear;
mod multistep;
mod noam;
mod onecycle;
mod place;
mod plateau;
mod polynomial;
mod sequential;
mod step;
mod warmup;

pub use constant::Constant;
pub use cosine::Cosine;
pub use cosine_restarts::CosineRestarts;
pub use exponential::Exponential;
pub use linear::Linear;
pub use multistep::Multistep;
pub use noam::Noam;
pub use onecycle::{Anneal, Onecycle};
pub use place::{EpochMetrics, Place};
pub use plateau::{Mode, Monitor, Plateau, ThresholdMode};
pub use polynomial::Polynomial;
pub use sequential::Sequential;
pub use step::Step;
pub use warmup::{Warmup, WarmupOptions};

use crate::LrFactors;
use relume_catalog::table;

/// A factor that depends on the place in a run.
pub trait Schedule {
    /// How many epochs of warm-up there are.
    fn warmup_epochs(&self) -> u64 {
        0
    }

    /// The factor after the warm-up; the place is counted from there.
    fn after_warmup(&self, place: &Place) -> f64;

    /// Whether it depends on the number of epochs, and so ends with them: such a schedule cannot go on with further
    /// epochs.
    fn has_end(&self) -> bool {
        false
    }

    /// Whether it depends on figures of the validation part.
    fn uses_validation(&self) -> bool {
        false
    }

    /// The momentum, if the schedule changes it.
    fn momentum(&self, _place: &Place) -> Option<f64> {
        None
    }
}

table! {
    /// Every schedule.
    pub enum ScheduleSpec: dyn Schedule as Schedule {
        Constant, Step, Multistep, Exponential, Linear, Polynomial, Cosine, CosineRestarts, Onecycle, Noam, Plateau,
        Sequential,
    }
}

/// The first factor of a warm-up: PyTorch's `LinearLR`.
const WARMUP_START: f64 = 1.0 / 3.0;

impl ScheduleSpec {
    /// The learning rate's factor and the momentum at a place in a run.
    pub fn factors(&self, place: &Place) -> LrFactors {
        let schedule = self.inner();
        let warmup = schedule.warmup_epochs();
        match place.epoch < warmup {
            true => {
                let part = place.epoch as f64 / warmup as f64;
                LrFactors::from(WARMUP_START + (1.0 - WARMUP_START) * part)
            }
            false => {
                let place = place.after(warmup);
                LrFactors {
                    factor: schedule.after_warmup(&place),
                    momentum: schedule.momentum(&place),
                }
            }
        }
    }
}

/// A power with a whole exponent.
fn power(base: f64, exponent: u64) -> f64 {
    base.powi(i32::try_from(exponent).unwrap_or(i32::MAX))
}

/// A value between two factors, along half a cosine from the first to the second.
fn half_cosine(from: f64, to: f64, part: f64) -> f64 {
    to + (from - to) * (1.0 + (std::f64::consts::PI * part).cos()) / 2.0
}
