#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod axis;
mod celu;
mod checked;
mod elu;
mod facts;
mod gated;
mod gaussian;
mod geglu;
mod gelu;
mod glu;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod identity;
mod input_mismatch;
mod leaky_relu;
mod log_softmax;
mod logsigmoid;
mod maxout;
mod mish;
mod prelu;
mod relu;
mod relu6;
mod rrelu;
mod selu;
mod sigmoid;
mod silu;
mod sin;
mod softmax;
mod softmin;
mod softplus;
mod softshrink;
mod softsign;
mod squared_relu;
mod squareplus;
mod swiglu;
mod swish;
mod tanh;
mod tanhshrink;
mod threshold;

pub use celu::Celu;
pub use checked::checked_op;
pub use elu::Elu;
pub use facts::Facts;
pub use gaussian::Gaussian;
pub use geglu::Geglu;
pub use gelu::{Approximation, Gelu};
pub use glu::Glu;
pub use hardshrink::Hardshrink;
pub use hardsigmoid::Hardsigmoid;
pub use hardswish::Hardswish;
pub use hardtanh::Hardtanh;
pub use identity::Identity;
pub use input_mismatch::InputMismatch;
pub use leaky_relu::LeakyRelu;
pub use log_softmax::LogSoftmax;
pub use logsigmoid::Logsigmoid;
pub use maxout::Maxout;
pub use mish::Mish;
pub use prelu::Prelu;
pub use relu::Relu;
pub use relu6::Relu6;
pub use rrelu::Rrelu;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use sin::Sin;
pub use softmax::Softmax;
pub use softmin::Softmin;
pub use softplus::Softplus;
pub use softshrink::Softshrink;
pub use softsign::Softsign;
pub use squared_relu::SquaredRelu;
pub use squareplus::Squareplus;
pub use swiglu::Swiglu;
pub use swish::Swish;
pub use tanh::Tanh;
pub use tanhshrink::Tanhshrink;
pub use threshold::Threshold;

use relume_autograd::OpRef;
use relume_catalog::table;
use relume_tensor::{Rng, Shape, Tensor};

/// The behaviour of an activation function, beside its description.
pub trait Activation {
    /// The operation; with options, one that is to be made once and kept. [`checked_op`] makes one of options that are
    /// out of their range refuse its input.
    fn op(&self) -> OpRef;

    /// Where the function is flat, for finding dead and saturated units.
    fn facts(&self) -> Facts;

    /// The name and first numbers of a trained parameter, the operation's second input.
    fn parameter(&self) -> Option<(&'static str, Vec<f32>)> {
        None
    }

    /// The shape of one sample after the function, for a sample of shape `sample` before it.
    ///
    /// # Errors
    /// A sample that it cannot take, with what it needs instead.
    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        Ok(sample)
    }

    /// Whether the function is random in training: then it is x times [`Activation::training_factors`].
    fn is_random(&self) -> bool {
        false
    }

    /// The factors of the numbers of `x` in training, drawn anew each time; ones for a function that is not random.
    fn training_factors(&self, x: &Tensor, _rng: &mut Rng) -> Tensor {
        Tensor::ones(x.shape())
    }
}

/// Calls a macro with the names of all activation functions, simplest first. This is the one list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! every_activation {
    ($called:ident) => {
        $called! {
            Identity, Relu, LeakyRelu, Prelu, Rrelu, Relu6, SquaredRelu, Threshold,
            Sigmoid, Hardsigmoid, Logsigmoid, Tanh, Hardtanh, Tanhshrink, Softsign, Softshrink, Hardshrink,
            Elu, Celu, Selu, Softplus, Squareplus, Silu, Swish, Hardswish, Mish, Gelu, Sin, Gaussian,
            Softmax, LogSoftmax, Softmin, Glu, Swiglu, Geglu, Maxout,
        }
    };
}

macro_rules! specification {
    ($($name:ident),* $(,)?) => {
        table! {
            /// Every activation function, simplest first.
            pub enum ActivationSpec: dyn Activation as Activation { $($name),* }
        }
    };
}

every_activation!(specification);
