//! The rate stays as it is.

use super::{Place, Schedule, WARMUP};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The rate stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Constant {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "constant",
        aliases: &[],
        summary: "the rate stays as it is",
        details: "",
        arguments: &[WARMUP],
        example: "train net on digits epochs=2 schedule=constant(warmup=1)",
    };
}

impl Schedule for Constant {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, _: &Place) -> f64 {
        1.0
    }
}
