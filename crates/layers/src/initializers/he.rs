//! He's initializers: the variance that rectifiers preserve.

use super::gain::Nonlinearity;
use super::{Initializer, evenly, normally};
use relume_catalog::{Choice, Spec};
use relume_tensor::{Rng, Shape, Tensor};

/// What is preserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum FanMode {
    /// The variance of the values in the forward pass.
    FanIn,
    /// The variance of the gradients in the backward pass.
    FanOut,
}

macro_rules! he {
    ($(#[$doc:meta])* $type:ident, $alias:literal, $draw:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(initializer, aliases = [$alias])]
        pub struct $type {
            /// A further factor on the standard deviation.
            #[spec(default = 1.0, non_negative, omit_default)]
            pub gain: f64,
            /// Whether the variance of values or that of gradients is preserved.
            #[spec(default = FanMode::FanIn, omit_default)]
            pub mode: FanMode,
            /// The activation that follows.
            #[spec(default = Nonlinearity::Relu, omit_default)]
            pub nonlinearity: Nonlinearity,
            /// Slope of leaky_relu below 0.
            #[spec(default = 0.0, omit_default)]
            pub a: f64,
        }

        impl Initializer for $type {
            fn tensor(&self, shape: Shape, [inputs, outputs]: [usize; 2], rng: &mut Rng) -> Tensor {
                let fan = match self.mode {
                    FanMode::FanIn => inputs,
                    FanMode::FanOut => outputs,
                };
                let std = self.gain * self.nonlinearity.gain(self.a) / (fan.max(1) as f64).sqrt();
                $draw(rng, shape, std)
            }
        }
    };
}

he! {
    /// Uniform with variance 2 / inputs: for ReLU and its relatives.
    ///
    /// The standard deviation is gain g / sqrt(inputs), where g is sqrt(2) for relu, sqrt(2 / (1 + a^2)) for
    /// leaky_relu, 5/3 for tanh, 3/4 for selu and 1 otherwise. He and others, "Delving deep into rectifiers", 2015;
    /// PyTorch's `calculate_gain`.
    ///
    /// ```relume
    /// net = dense(8, init=he_uniform) -> relu -> dense(1)
    /// ```
    HeUniform, "kaiming_uniform", evenly
}

he! {
    /// Normal with variance 2 / inputs: for ReLU and its relatives.
    ///
    /// The standard deviation is gain g / sqrt(inputs), where g is sqrt(2) for relu, sqrt(2 / (1 + a^2)) for
    /// leaky_relu, 5/3 for tanh, 3/4 for selu and 1 otherwise. He and others, "Delving deep into rectifiers", 2015;
    /// PyTorch's `calculate_gain`.
    ///
    /// ```relume
    /// net = dense(8, init=he_normal(nonlinearity="leaky_relu", a=0.2)) -> leaky_relu(slope=0.2) -> dense(1)
    /// ```
    HeNormal, "kaiming_normal", normally
}
