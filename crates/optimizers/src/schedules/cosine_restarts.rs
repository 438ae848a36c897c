//! The rate falls along half a cosine again and again.

use super::{FLOOR, Place, Schedule, WARMUP, half_cosine};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate falls along half a cosine again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineRestarts {
    /// Epochs until the first restart.
    pub every: u64,
    /// How many times longer each fall is than the one before.
    pub mult: u64,
    /// What remains of the rate at the end of each fall.
    pub floor: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for CosineRestarts {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "cosine_restarts",
        aliases: &[],
        summary: "lets the rate fall along half a cosine, and begin anew, again and again",
        details: "Loshchilov and Hutter, \"SGDR: stochastic gradient descent with warm restarts\", 2017; PyTorch's `CosineAnnealingWarmRestarts` with T_0 = every and T_mult = mult.",
        arguments: &[
            Argument::new("every", Type::COUNT, "epochs until the first restart"),
            Argument::new(
                "mult",
                Type::COUNT,
                "how many times longer each fall is than the one before",
            )
            .or_integer(1),
            FLOOR,
            WARMUP,
        ],
        example: "train net on digits epochs=3 schedule=cosine_restarts(1, mult=2)",
    };
}

impl Schedule for CosineRestarts {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let mut length = self.every.max(1);
        let mut into = place.epoch;
        if self.mult <= 1 {
            into %= length;
        }
        while into >= length {
            into -= length;
            length = length.saturating_mul(self.mult);
        }
        half_cosine(1.0, self.floor, into as f64 / length as f64)
    }
}
