//! The rate goes from one factor to another in a straight line, and stays there.

use super::{Place, Schedule, WARMUP};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate goes from one factor to another in a straight line, and stays there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    /// The factor at the beginning.
    pub start_factor: f64,
    /// The factor at the end.
    pub end_factor: f64,
    /// Epochs from the one to the other.
    pub total_iters: u64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Linear {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "linear",
        aliases: &[],
        summary: "the rate goes from one factor to another in a straight line, and stays there",
        details: "PyTorch's `LinearLR`.",
        arguments: &[
            Argument::new("start_factor", Type::FRACTION, "factor at the beginning")
                .or_number(1.0 / 3.0),
            Argument::new("end_factor", Type::FRACTION, "factor at the end").or_number(1.0),
            Argument::new("total_iters", Type::COUNT, "epochs from the one to the other")
                .or_integer(5),
            WARMUP,
        ],
        example: "train net on digits epochs=3 schedule=linear(1, end_factor=0.1, total_iters=3)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.start_factor > 0.0 {
            true => Ok(()),
            false => Err("start_factor must be above 0".to_string()),
        }
    }
}

impl Schedule for Linear {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let part = place.epoch.min(self.total_iters) as f64 / self.total_iters.max(1) as f64;
        self.start_factor + (self.end_factor - self.start_factor) * part
    }
}
