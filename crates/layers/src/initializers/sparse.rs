//! The sparse initializer: each input is connected to few outputs.

use super::Initializer;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Normally distributed numbers; a part of each column is 0.
///
/// A column holds the weights of one input to the outputs; its zeros, rounded up, are at random positions. All axes but
/// the first are taken together. Martens, "Deep learning via Hessian-free optimization", 2010; PyTorch's `sparse_`.
///
/// ```relume
/// net = dense(32, init=sparse(0.8, std=0.1)) -> tanh -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer)]
pub struct Sparse {
    /// The part of each column that is 0.
    #[spec(fraction)]
    pub sparsity: f64,
    /// The standard deviation of the others.
    #[spec(default = STD, non_negative, omit_default)]
    pub std: f64,
}

const STD: f64 = 0.01;

impl Initializer for Sparse {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.count() / rows.max(1);
        let mut out = rng.normal_tensor(shape, 0.0, self.std as f32);
        let zeros = (self.sparsity * rows as f64).ceil() as usize;
        let mut order: Vec<usize> = (0..rows).collect();
        for column in 0..columns {
            rng.shuffle(&mut order);
            for row in order.iter().take(zeros) {
                out.data_mut()[row * columns + column] = 0.0;
            }
        }
        out
    }
}
