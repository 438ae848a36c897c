#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod aria;
mod axis;
mod celu;
mod checked;
mod dynamic_tanh;
mod elu;
mod facts;
mod formula;
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
mod phish;
mod prelu;
mod rational;
mod relu;
mod relu6;
mod rrelu;
mod selu;
mod serf;
mod sigmoid;
mod silu;
mod sin;
mod smelu;
mod snake;
mod softmax;
mod softmin;
mod softplus;
mod softshrink;
mod softsign;
mod squared_relu;
mod squareplus;
mod star_relu;
mod swiglu;
mod swish;
mod tanh;
mod tanhshrink;
mod threshold;

pub use aria::Aria;
pub use celu::Celu;
pub use checked::checked_op;
pub use dynamic_tanh::DynamicTanh;
pub use elu::Elu;
pub use facts::Facts;
pub use formula::{Constant, ConstantShape, Definition, Formula, FormulaError};
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
pub use phish::Phish;
pub use prelu::Prelu;
pub use rational::Rational;
pub use relu::Relu;
pub use relu6::Relu6;
pub use rrelu::Rrelu;
pub use selu::Selu;
pub use serf::Serf;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use sin::Sin;
pub use smelu::Smelu;
pub use snake::Snake;
pub use softmax::Softmax;
pub use softmin::Softmin;
pub use softplus::Softplus;
pub use softshrink::Softshrink;
pub use softsign::Softsign;
pub use squared_relu::SquaredRelu;
pub use squareplus::Squareplus;
pub use star_relu::StarRelu;
pub use swiglu::Swiglu;
pub use swish::Swish;
pub use tanh::Tanh;
pub use tanhshrink::Tanhshrink;
pub use threshold::Threshold;

use relume_autograd::OpRef;
use relume_catalog::table;
use relume_tensor::{Rng, Shape, Tensor};
use std::borrow::Cow;

/// The most trained constants of a formula.
pub const MOST_PARAMETERS: usize = 7;

/// The behaviour of an activation function, beside its description.
pub trait Activation {
    /// The operation; with options, one that is to be made once and kept. [`checked_op`] makes one of options that are
    /// out of their range refuse its input.
    fn op(&self) -> OpRef;

    /// Where the function is flat, for finding dead and saturated units.
    fn facts(&self) -> Facts;

    /// Where the function is flat with these values of its trained parameters, in the order of
    /// [`Activation::parameters`]; of one that is the same with all values, [`Activation::facts`].
    fn facts_with(&self, _parameters: &[Tensor]) -> Facts {
        self.facts()
    }

    /// The names and first values of the trained parameters for samples of shape `sample`: the operation's inputs after
    /// x.
    fn parameters(&self, _sample: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        Vec::new()
    }

    /// Whether there are trained parameters.
    fn is_trained(&self) -> bool {
        !self.parameters(Shape::SCALAR).is_empty()
    }

    /// The shape of one sample after the function, for a sample of shape `sample` before it.
    ///
    /// # Errors
    /// A sample that it cannot take, with what it needs instead.
    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        Ok(sample)
    }

    /// A short name for tables, where the text that parses back is long.
    fn label(&self) -> Option<String> {
        None
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
            Elu, Celu, Selu, Softplus, Squareplus, Smelu, Silu, Swish, Aria, Hardswish, Mish, Gelu, Serf, Phish, Sin,
            Snake, Gaussian, StarRelu, DynamicTanh, Rational,
            Softmax, LogSoftmax, Softmin, Glu, Swiglu, Geglu, Maxout, Formula,
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
