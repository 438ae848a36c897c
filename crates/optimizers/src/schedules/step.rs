//! The rate falls every few epochs.

use super::{Schedule, WARMUP};
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
            Argument::new("gamma", Type::NON_NEGATIVE, "what the rate is multiplied with")
                .or_number(0.1),
            WARMUP,
        ],
        example: "train net on digits epochs=2 schedule=step(10, gamma=0.5)",
    };
}

impl Schedule for Step {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, epoch: u64, _: u64) -> f64 {
        self.gamma.powi(i32::try_from(epoch / self.every.max(1)).unwrap_or(i32::MAX))
    }
}
