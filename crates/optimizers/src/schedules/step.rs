//! The rate falls every few epochs.

use super::{GAMMA, Place, Schedule, WARMUP, power};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate falls every few epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Epochs between two falls.
    pub every: u64,
    /// What the rate is multiplied with.
    pub gamma: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Step {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "step",
        aliases: &[],
        summary: "multiplies the rate with gamma every few epochs",
        details: "PyTorch's `StepLR`.",
        arguments: &[
            Argument::new("every", Type::COUNT, "epochs between two falls"),
            GAMMA.or_number(0.1),
            WARMUP,
        ],
        example: "train net on digits epochs=2 schedule=step(10, gamma=0.5)",
    };
}

impl Schedule for Step {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch / self.every.max(1))
    }
}
