//! Initializers whose variance follows from how many inputs and outputs a number connects.

use super::gain::Gain;
use super::{Initializer, evenly, normally};
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Uniform within ±1/sqrt(inputs): PyTorch's default for dense and convolutional layers.
///
/// PyTorch writes it as `kaiming_uniform_(a=sqrt(5))`. It keeps gradients smaller than He's, which is too small for
/// ReLU in deep networks.
///
/// ```relume
/// net = dense(8, init=default) -> relu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Default {}

impl Initializer for Default {
    fn tensor(&self, shape: Shape, [inputs, _]: [usize; 2], rng: &mut Rng) -> Tensor {
        let bound = (1.0 / inputs.max(1) as f64).sqrt() as f32;
        rng.uniform_tensor(shape, -bound, bound)
    }
}

macro_rules! scaled {
    ($(#[$doc:meta])* $type:ident, $aliases:tt, $variance:expr, $draw:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Spec)]
        #[spec(initializer, aliases = $aliases)]
        pub struct $type {
            /// A factor on the standard deviation, or the activation that follows.
            #[spec(default = 1.0, omit_default)]
            pub gain: Gain,
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
    /// Uniform with variance 2 / (inputs + outputs): for tanh and sigmoid.
    ///
    /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    ///
    /// ```relume
    /// net = dense(8, init=xavier_uniform(gain="tanh")) -> tanh -> dense(1)
    /// ```
    XavierUniform, ["glorot_uniform"], |inputs, outputs| 2.0 / (inputs + outputs), evenly
}

scaled! {
    /// Normal with variance 2 / (inputs + outputs): for tanh and sigmoid.
    ///
    /// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    ///
    /// ```relume
    /// net = dense(8, init=xavier_normal) -> tanh -> dense(1)
    /// ```
    XavierNormal, ["glorot_normal"], |inputs, outputs| 2.0 / (inputs + outputs), normally
}

scaled! {
    /// Uniform with variance 1 / inputs: for selu.
    ///
    /// LeCun and others, "Efficient backprop", 1998; for selu: Klambauer and others, "Self-normalizing neural
    /// networks", 2017.
    ///
    /// ```relume
    /// net = dense(8, init=lecun_uniform) -> elu -> dense(1)
    /// ```
    LecunUniform, [], |inputs, _| 1.0 / inputs, evenly
}

scaled! {
    /// Normal with variance 1 / inputs: for selu.
    ///
    /// LeCun and others, "Efficient backprop", 1998; for selu: Klambauer and others, "Self-normalizing neural
    /// networks", 2017.
    ///
    /// ```relume
    /// net = dense(8, init=lecun_normal) -> elu -> dense(1)
    /// ```
    LecunNormal, [], |inputs, _| 1.0 / inputs, normally
}
