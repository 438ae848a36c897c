#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod elu;
mod facts;
mod gelu;
mod identity;
mod leaky_relu;
mod log_softmax;
mod mish;
mod prelu;
mod relu;
mod sigmoid;
mod silu;
mod softmax;
mod softplus;
mod tanh;

pub use elu::Elu;
pub use facts::Facts;
pub use gelu::Gelu;
pub use identity::Identity;
pub use leaky_relu::LeakyRelu;
pub use log_softmax::LogSoftmax;
pub use mish::Mish;
pub use prelu::Prelu;
pub use relu::Relu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use softmax::Softmax;
pub use softplus::Softplus;
pub use tanh::Tanh;

use relume_autograd::OpRef;
use relume_catalog::table;

/// What an activation function can do beyond describing itself.
pub trait Activation {
    /// The operation; with options, one that is to be made once and kept.
    fn op(&self) -> OpRef;

    /// Where the function is flat, for those who look for dead and saturated units.
    fn facts(&self) -> Facts;

    /// The name and first numbers of a trained parameter, the operation's second input.
    fn parameter(&self) -> Option<(&'static str, Vec<f32>)> {
        None
    }
}

table! {
    /// Every activation function, simplest first.
    pub enum ActivationSpec: dyn Activation {
        Identity, Relu, LeakyRelu, Prelu, Sigmoid, Tanh, Elu, Softplus, Silu, Mish, Gelu, Softmax, LogSoftmax,
    }
}
