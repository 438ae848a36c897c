//! The rate falls to nothing by a power of what is left.

use super::{Place, Schedule, WARMUP};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate falls to nothing by a power of what is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polynomial {
    /// Epochs until nothing is left.
    pub total_iters: u64,
    /// The power.
    pub power: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Polynomial {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "polynomial",
        aliases: &[],
        summary: "the rate falls to nothing by a power of what is left",
        details: "factor = (1 - epoch / total_iters)^power, and 0 after that. PyTorch's `PolynomialLR`.",
        arguments: &[
            Argument::new("total_iters", Type::COUNT, "epochs until nothing is left").or_integer(5),
            Argument::new("power", Type::NON_NEGATIVE, "the power").or_number(1.0),
            WARMUP,
        ],
        example: "train net on digits epochs=3 schedule=polynomial(4, power=2)",
    };
}

impl Schedule for Polynomial {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let total = self.total_iters.max(1) as f64;
        (1.0 - place.epoch.min(self.total_iters) as f64 / total).powf(self.power)
    }
}
