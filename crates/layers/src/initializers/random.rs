//! Initializers that draw from a distribution with given bounds or moments.

use super::{Initializer, is_one, is_zero, one};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Evenly from an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Uniform {
    /// The smallest number.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub low: f64,
    /// The number that all stay below.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub high: f64,
}

impl Described for Uniform {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "uniform",
        aliases: &[],
        summary: "evenly from an interval",
        details: "",
        arguments: &[
            Argument::new("low", Type::REAL, "the smallest number").or_number(0.0),
            Argument::new("high", Type::REAL, "the number that all stay below").or_number(1.0),
        ],
        example: "net = dense(8, init=uniform(-0.1, 0.1)) -> tanh -> dense(1)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.low <= self.high {
            true => Ok(()),
            false => Err(format!("low ({}) must not be above high ({})", self.low, self.high)),
        }
    }
}

impl Initializer for Uniform {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        rng.uniform_tensor(shape, self.low as f32, self.high as f32)
    }
}

/// From a normal distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normal {
    /// The mean.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mean: f64,
    /// The standard deviation.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub std: f64,
}

impl Described for Normal {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "normal",
        aliases: &[],
        summary: "from a normal distribution",
        details: "",
        arguments: &[
            Argument::new("mean", Type::REAL, "the mean").or_number(0.0),
            Argument::new("std", Type::NON_NEGATIVE, "the standard deviation").or_number(1.0),
        ],
        example: "net = dense(8, init=normal(std=0.02)) -> gelu -> dense(1)",
    };
}

impl Initializer for Normal {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        rng.normal_tensor(shape, self.mean as f32, self.std as f32)
    }
}
