//! Initializers whose spread follows from how many inputs and outputs a number connects.

use super::gain::{GAIN, Gain};
use super::{Initializer, evenly, normally};
use relume_catalog::{Argument, Described, Entry, Kind};
use relume_tensor::{Rng, Shape, Tensor};
use serde::{Deserialize, Serialize};

/// PyTorch's default for dense and convolutional layers and their biases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Default {}

impl Described for Default {
    const ENTRY: Entry = Entry {
        kind: Kind::Initializer,
        name: "default",
        aliases: &[],
        summary: "evenly within ±1/sqrt(inputs): PyTorch's default for dense and convolutional layers",
        details: "PyTorch writes it as `kaiming_uniform_(a=sqrt(5))`. It keeps gradients smaller than He's, for ReLU too small in deep networks.",
        arguments: &[],
        example: "net = dense(8, init=default) -> relu -> dense(1)",
    };
}

impl Initializer for Default {
    fn tensor(&self, shape: Shape, [inputs, _]: [usize; 2], rng: &mut Rng) -> Tensor {
        let bound = (1.0 / inputs.max(1) as f64).sqrt() as f32;
        rng.uniform_tensor(shape, -bound, bound)
    }
}

macro_rules! scaled {
    ($(#[$doc:meta])* $type:ident, $name:literal, $aliases:expr, $summary:literal, $details:literal, $example:literal,
     $variance:expr, $draw:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $type {
            /// A factor on the standard deviation, for the activation that follows.
            #[serde(default = "Gain::one", skip_serializing_if = "Gain::is_one")]
            pub gain: Gain,
        }

        impl Described for $type {
            const ENTRY: Entry = Entry {
                kind: Kind::Initializer,
                name: $name,
                aliases: $aliases,
                summary: $summary,
                details: $details,
                arguments: &[Argument::new("gain", GAIN, "a factor on the standard deviation, or the activation that follows").or_number(1.0)],
                example: $example,
            };
        }

        impl Initializer for $type {
            fn tensor(&self, shape: Shape, [inputs, outputs]: [usize; 2], rng: &mut Rng) -> Tensor {
                let variance: fn(f64, f64) -> f64 = $variance;
                let std = self.gain.factor() * variance(inputs.max(1) as f64, outputs.max(1) as f64).sqrt();
                $draw(rng, shape, std)
            }
        }
    };
}

scaled! {
    /// Glorot and Bengio's, evenly: variance 2 / (inputs + outputs).
    XavierUniform, "xavier_uniform", &["glorot_uniform"],
    "evenly with variance 2 / (inputs + outputs): for tanh and sigmoid",
    "Glorot and Bengio, \"Understanding the difficulty of training deep feedforward neural networks\", 2010.",
    "net = dense(8, init=xavier_uniform(gain=\"tanh\")) -> tanh -> dense(1)",
    |inputs, outputs| 2.0 / (inputs + outputs), evenly
}

scaled! {
    /// Glorot and Bengio's, normally: variance 2 / (inputs + outputs).
    XavierNormal, "xavier_normal", &["glorot_normal"],
    "normally with variance 2 / (inputs + outputs): for tanh and sigmoid",
    "Glorot and Bengio, \"Understanding the difficulty of training deep feedforward neural networks\", 2010.",
    "net = dense(8, init=xavier_normal) -> tanh -> dense(1)",
    |inputs, outputs| 2.0 / (inputs + outputs), normally
}

scaled! {
    /// LeCun's, evenly: variance 1 / inputs.
    LecunUniform, "lecun_uniform", &[],
    "evenly with variance 1 / inputs: for selu",
    "LeCun and others, \"Efficient backprop\", 1998; for selu: Klambauer and others, \"Self-normalizing neural networks\", 2017.",
    "net = dense(8, init=lecun_uniform) -> elu -> dense(1)",
    |inputs, _| 1.0 / inputs, evenly
}

scaled! {
    /// LeCun's, normally: variance 1 / inputs.
    LecunNormal, "lecun_normal", &[],
    "normally with variance 1 / inputs: for selu",
    "LeCun and others, \"Efficient backprop\", 1998; for selu: Klambauer and others, \"Self-normalizing neural networks\", 2017.",
    "net = dense(8, init=lecun_normal) -> elu -> dense(1)",
    |inputs, _| 1.0 / inputs, normally
}
