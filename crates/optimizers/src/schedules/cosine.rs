//! The rate falls along half a cosine.

use super::{FLOOR, Place, Schedule, WARMUP, half_cosine};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The rate falls along half a cosine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cosine {
    /// What remains of the rate at the end.
    pub floor: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Cosine {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "cosine",
        aliases: &[],
        summary: "lets the rate fall along half a cosine, to nearly nothing at the end of the run",
        details: "factor = floor + (1 - floor) (1 + cos(pi epoch / epochs)) / 2. Loshchilov and Hutter, \"SGDR: stochastic gradient descent with warm restarts\", 2017; PyTorch's `CosineAnnealingLR` with T_max the number of epochs.",
        arguments: &[FLOOR, WARMUP],
        example: "train net on digits epochs=2 schedule=cosine(warmup=1)",
    };
}

impl Schedule for Cosine {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let part = place.epoch.min(place.epochs) as f64 / place.epochs.max(1) as f64;
        half_cosine(1.0, self.floor, part)
    }
}
