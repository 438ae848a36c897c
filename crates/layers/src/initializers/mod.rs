//! Initial values of parameters.

#[cfg(feature = "nalgebra")]
mod components;
mod constant;
mod from_data;
mod gain;
mod he;
mod identity;
mod lsuv;
mod orthogonal;
mod random;
mod scaled;
mod sparse;
mod truncated;
mod whitening;

pub use constant::{Constant, Ones, Zeros};
pub use gain::{Gain, Nonlinearity};
pub use he::{FanMode, HeNormal, HeUniform};
pub use identity::Identity;
pub use lsuv::Lsuv;
pub use orthogonal::Orthogonal;
pub use random::{Normal, Uniform};
pub use scaled::{Default, LecunNormal, LecunUniform, XavierNormal, XavierUniform};
pub use sparse::Sparse;
pub use truncated::TruncatedNormal;
pub use whitening::Whitening;

use relume_catalog::table;
use relume_tensor::{Rng, Shape, Tensor};

/// The initial values of a parameter.
pub trait Initializer {
    /// A tensor of the given shape; `fans` are the numbers of inputs and outputs that each number connects. It is full
    /// of NaN if the initializer lacks a feature.
    fn tensor(&self, shape: Shape, fans: [usize; 2], rng: &mut Rng) -> Tensor;

    /// The feature of this crate that the initializer needs and that is switched off: a network with it is refused.
    fn missing_feature(&self) -> Option<&'static str> {
        None
    }
}

table! {
    /// Every initializer.
    pub enum InitializerSpec: dyn Initializer as Initializer {
        Default, Zeros, Ones, Constant, Uniform, Normal, TruncatedNormal,
        XavierUniform, XavierNormal, HeUniform, HeNormal, LecunUniform, LecunNormal,
        Orthogonal, Identity, Sparse, Lsuv, Whitening,
    }
}

/// Uniform, with the given standard deviation.
fn evenly(rng: &mut Rng, shape: Shape, std: f64) -> Tensor {
    let bound = (std * 3f64.sqrt()) as f32;
    rng.uniform_tensor(shape, -bound, bound)
}

/// Normal, with the given standard deviation.
fn normally(rng: &mut Rng, shape: Shape, std: f64) -> Tensor {
    rng.normal_tensor(shape, 0.0, std as f32)
}
