//! He's initializers: the spread that keeps the size of what passes through rectifiers.

use super::gain::{NONLINEARITIES, Nonlinearity};
use super::{Initializer, evenly, is_one, is_zero, normally, one};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Which size is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FanMode {
    /// That of the values on their way forwards.
    #[default]
    FanIn,
    /// That of the gradients on their way back.
    FanOut,
}

fn relu() -> Nonlinearity {
    Nonlinearity::Relu
}

fn is_relu(nonlinearity: &Nonlinearity) -> bool {
    *nonlinearity == Nonlinearity::Relu
}

fn is_fan_in(mode: &FanMode) -> bool {
    *mode == FanMode::FanIn
}

macro_rules! he {
    ($(#[$doc:meta])* $type:ident, $name:literal, $aliases:expr, $summary:literal, $example:literal, $draw:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $type {
            /// A further factor on the standard deviation.
            #[serde(default = "one", skip_serializing_if = "is_one")]
            pub gain: f64,
            /// Which size is kept.
            #[serde(default, skip_serializing_if = "is_fan_in")]
            pub mode: FanMode,
            /// The activation that follows.
            #[serde(default = "relu", skip_serializing_if = "is_relu")]
            pub nonlinearity: Nonlinearity,
            /// The slope of a leaky ReLU below 0.
            #[serde(default, skip_serializing_if = "is_zero")]
            pub a: f64,
        }

        impl Described for $type {
            const ENTRY: Entry = Entry {
                kind: Kind::Initializer,
                name: $name,
                aliases: $aliases,
                summary: $summary,
                details: "The standard deviation is gain g / sqrt(inputs), where g is sqrt(2) for relu, sqrt(2 / (1 + a^2)) for leaky_relu, 5/3 for tanh, 3/4 for selu and 1 otherwise. He and others, \"Delving deep into rectifiers\", 2015; PyTorch's `calculate_gain`.",
                arguments: &[
                    Argument::new("gain", Type::NON_NEGATIVE, "a further factor on the standard deviation").or_number(1.0),
                    Argument::new("mode", Type::Choice(&["fan_in", "fan_out"]), "whether the size of values or that of gradients is kept").or_text("fan_in"),
                    Argument::new("nonlinearity", NONLINEARITIES, "the activation that follows").or_text("relu"),
                    Argument::new("a", Type::REAL, "slope of a leaky_relu below 0").or_number(0.0),
                ],
                example: $example,
            };
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
    /// He's, evenly: variance 2 / inputs.
    HeUniform, "he_uniform", &["kaiming_uniform"],
    "evenly with variance 2 / inputs: for ReLU and its kin",
    "net = dense(8, init=he_uniform) -> relu -> dense(1)", evenly
}

he! {
    /// He's, normally: variance 2 / inputs.
    HeNormal, "he_normal", &["kaiming_normal"],
    "normally with variance 2 / inputs: for ReLU and its kin",
    "net = dense(8, init=he_normal(nonlinearity=\"leaky_relu\", a=0.2)) -> leaky_relu(slope=0.2) -> dense(1)", normally
}
