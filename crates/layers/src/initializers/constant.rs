//! Initializers that give one number to all.

use super::Initializer;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// All zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zeros {}

impl Described for Zeros {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "zeros",
        aliases: &[],
        summary: "every number 0; good for biases, useless for weights (all units would learn the same)",
        details: "",
        arguments: &[],
        example: "net = dense(8, bias_init=zeros) -> tanh -> dense(1)",
    };
}

impl Initializer for Zeros {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::zeros(shape)
    }
}

/// All ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ones {}

impl Described for Ones {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "ones",
        aliases: &[],
        summary: "every number 1",
        details: "",
        arguments: &[],
        example: "net = dense(8, bias_init=ones) -> relu -> dense(1)",
    };
}

impl Initializer for Ones {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::ones(shape)
    }
}

/// One number for all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// The number.
    pub value: f64,
}

impl Described for Constant {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "constant",
        aliases: &[],
        summary: "every number the same",
        details: "",
        arguments: &[Argument::new("value", Type::REAL, "the number")],
        example: "net = dense(8, bias_init=constant(0.1)) -> relu -> dense(1)",
    };
}

impl Initializer for Constant {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::full(shape, self.value as f32)
    }
}
