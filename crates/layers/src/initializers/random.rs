//! Uniform and normal distributions with given bounds or moments.

use super::Initializer;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Uniform in an interval.
///
/// ```relume
/// net = dense(8, init=uniform(-0.1, 0.1)) -> tanh -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer, check = Self::consistent)]
pub struct Uniform {
    /// The smallest number.
    #[spec(default = 0.0, omit_default)]
    pub low: f64,
    /// The upper bound, which is excluded.
    #[spec(default = 1.0, omit_default)]
    pub high: f64,
}

impl Uniform {
    fn consistent(&self) -> Result<(), String> {
        match self.low <= self.high {
            true => Ok(()),
            false => Err(format!("low ({}) must not be above high ({})", self.low, self.high)),
        }
    }
}

impl Initializer for Uniform {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        rng.uniform_tensor(shape, self.low as f32, self.high as f32)
    }
}

/// From a normal distribution.
///
/// ```relume
/// net = dense(8, init=normal(std=0.02)) -> gelu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Normal {
    /// The mean.
    #[spec(default = 0.0, omit_default)]
    pub mean: f64,
    /// The standard deviation.
    #[spec(default = 1.0, non_negative, omit_default)]
    pub std: f64,
}

impl Initializer for Normal {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        rng.normal_tensor(shape, self.mean as f32, self.std as f32)
    }
}
