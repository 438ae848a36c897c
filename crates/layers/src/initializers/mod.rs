//! How parameters start.

mod constant;
mod orthogonal;
mod random;
mod scaled;

pub use constant::{Constant, Ones, Zeros};
pub use orthogonal::Orthogonal;
pub use random::{Normal, Uniform};
pub use scaled::{Default, HeNormal, HeUniform, XavierNormal, XavierUniform};

use relume_catalog::table;
use relume_tensor::{Rng, Shape, Tensor};

/// A way to make a parameter's first numbers.
pub trait Initializer {
    /// A tensor of the given shape; `fans` are the numbers of inputs and outputs that each number connects.
    fn tensor(&self, shape: Shape, fans: [usize; 2], rng: &mut Rng) -> Tensor;
}

table! {
    /// Every initializer.
    pub enum InitializerSpec: dyn Initializer {
        Default, Zeros, Ones, Constant, Uniform, Normal,
        XavierUniform, XavierNormal, HeUniform, HeNormal, Orthogonal,
    }
}

// An initializer stands inside of a layer's arguments by its name alone: defaults are left out there, and come back.

fn one() -> f64 {
    1.0
}

fn is_one(x: &f64) -> bool {
    *x == 1.0
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}
