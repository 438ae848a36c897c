//! The rate falls at given epochs.

use super::{GAMMA, Place, Schedule, WARMUP, power};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// The rate falls at given epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Multistep {
    /// The epochs, counted from 0, at which the rate falls.
    pub milestones: Vec<u64>,
    /// What the rate is multiplied with.
    pub gamma: f64,
    /// Epochs over which the rate rises at the beginning.
    pub warmup: u64,
}

impl Described for Multistep {
    const ENTRY: Entry = Entry {
        kind: Kind::Schedule,
        name: "multistep",
        aliases: &[],
        summary: "multiplies the rate with gamma at given epochs",
        details: "PyTorch's `MultiStepLR`.",
        arguments: &[
            Argument::new(
                "milestones",
                Type::List(&Type::COUNT),
                "epochs after which the rate falls",
            ),
            GAMMA.or_number(0.1),
            WARMUP,
        ],
        example: "train net on digits epochs=3 schedule=multistep([1, 2], gamma=0.5)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.milestones.windows(2).all(|pair| pair[0] < pair[1]) {
            true => Ok(()),
            false => Err("milestones must rise".to_string()),
        }
    }
}

impl Schedule for Multistep {
    fn warmup(&self) -> u64 {
        self.warmup
    }

    fn after_warmup(&self, place: &Place) -> f64 {
        let fallen = self.milestones.iter().filter(|&&milestone| milestone <= place.epoch).count();
        power(self.gamma, fallen as u64)
    }
}
