//! The identity initializer.

use super::Initializer;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor};

/// Outputs equal inputs, as many as there are: ones on the diagonal, or in the middle of the kernel.
///
/// PyTorch's `eye_` for matrices and `dirac_` for convolutions, whose groups must be given here too. A vector is taken
/// as a matrix of one column.
///
/// ```relume
/// net = input(8) -> dense(8, init=identity) -> relu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer, aliases = ["eye", "dirac"])]
pub struct Identity {
    /// The factor of the ones.
    #[spec(default = 1.0, omit_default)]
    pub gain: f64,
    /// Groups of the convolution.
    #[spec(default = 1, positive, omit_default)]
    pub groups: usize,
}

impl Initializer for Identity {
    fn tensor(&self, shape: Shape, _: [usize; 2], _: &mut Rng) -> Tensor {
        let mut out = Tensor::zeros(shape);
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.get(1).copied().unwrap_or(1);
        let kernel = shape.tail(2.min(shape.rank()));
        // The middle of each axis of the kernel.
        let middle = kernel.iter().fold(0, |at, &size| at * size + size / 2);
        let points = kernel.count();
        let in_group = (rows / self.groups.max(1)).max(1);
        for row in 0..rows {
            let column = row % in_group;
            if column < columns {
                out.data_mut()[(row * columns + column) * points + middle] = self.gain as f32;
            }
        }
        out
    }
}
