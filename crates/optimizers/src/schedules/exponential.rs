//! The rate falls after each epoch.

use super::{GAMMA, Place, Schedule, WARMUP, power};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The rate falls after each epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exponential {
    /// What the rate is multiplied with.
    pub gamma: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Exponential {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "exponential",
        aliases: &[],
        summary: "multiplies the rate with gamma after each epoch",
        details: "PyTorch's `ExponentialLR`.",
        arguments: &[GAMMA, WARMUP],
        example: "train net on digits epochs=2 schedule=exponential(0.9)",
    };
}

impl Schedule for Exponential {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        power(self.gamma, place.epoch)
    }
}
