//! Gains: the factor on the standard deviation for the activation that follows.

use relume_catalog::Choice;

/// A factor on the standard deviation: a number, or that of an activation (PyTorch's `calculate_gain`).
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Gain {
    /// A number.
    #[spec(non_negative)]
    Factor(f64),
    /// The gain of an activation.
    Of(Nonlinearity),
}

/// The activations with known gains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
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

impl Gain {
    /// A gain of 1.
    pub const ONE: Gain = Gain::Factor(1.0);

    /// The factor.
    pub fn factor(self) -> f64 {
        /// PyTorch's slope if none is given.
        const SLOPE: f64 = 0.01;
        match self {
            Gain::Factor(factor) => factor,
            Gain::Of(nonlinearity) => nonlinearity.gain(SLOPE),
        }
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
