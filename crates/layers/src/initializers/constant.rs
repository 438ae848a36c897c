//! Constant initializers.

use super::Initializer;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Every number 0; for biases, not for weights (all units would learn the same).
///
/// ```relume
/// net = dense(8, bias_init=zeros) -> tanh -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Zeros {}

impl Initializer for Zeros {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::zeros(shape)
    }
}

/// Every number 1.
///
/// ```relume
/// net = dense(8, bias_init=ones) -> relu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Ones {}

impl Initializer for Ones {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::ones(shape)
    }
}

/// Every number the same.
///
/// ```relume
/// net = dense(8, bias_init=constant(0.1)) -> relu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Constant {
    /// The number.
    pub value: f64,
}

impl Initializer for Constant {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        Tensor::full(shape, self.value as f32)
    }
}
