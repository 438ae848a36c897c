//! Gains: how much a start is widened for the activation that follows.

use relume_catalog::Type;
use serde::{Deserialize, Serialize};

/// A factor on the standard deviation: a number, or that of an activation (PyTorch's `calculate_gain`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Gain {
    /// A number.
    Factor(f64),
    /// That of an activation.
    Of(Nonlinearity),
}

/// The activations whose gains are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonlinearity {
    /// None: 1.
    Linear,
    /// 1.
    Sigmoid,
    /// 5/3.
    Tanh,
    /// sqrt(2).
    Relu,
    /// sqrt(2 / (1 + slope^2)).
    LeakyRelu,
    /// 3/4.
    Selu,
}

/// The names of the activations whose gains are known.
pub(super) const NONLINEARITIES: Type =
    Type::Choice(&["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]);

/// A gain as an argument.
pub(super) const GAIN: Type = Type::OneOf(&[Type::NON_NEGATIVE, NONLINEARITIES]);

impl Gain {
    /// No widening.
    pub const ONE: Gain = Gain::Factor(1.0);

    /// The factor.
    pub fn factor(self) -> f64 {
        /// PyTorch's slope where none is given.
        const SLOPE: f64 = 0.01;
        match self {
            Gain::Factor(factor) => factor,
            Gain::Of(nonlinearity) => nonlinearity.gain(SLOPE),
        }
    }

    pub(super) fn one() -> Self {
        Gain::ONE
    }

    pub(super) fn is_one(&self) -> bool {
        *self == Gain::ONE
    }
}

impl Nonlinearity {
    /// The gain; `slope` is that of the leaky ReLU below 0.
    pub fn gain(self, slope: f64) -> f64 {
        match self {
            Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
            Nonlinearity::Tanh => 5.0 / 3.0,
            Nonlinearity::Relu => 2f64.sqrt(),
            Nonlinearity::LeakyRelu => (2.0 / (1.0 + slope * slope)).sqrt(),
            Nonlinearity::Selu => 0.75,
        }
    }
}
