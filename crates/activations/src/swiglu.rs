//! SwiGLU: one half of an axis, gated by the silu of the other.

use crate::gated::{Gate, Gated};
use crate::silu::Silu;
use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Halves an axis: the silu of the first half times the second.
///
/// f(a, b) = silu(a) b with a, b the first and the second half of an axis; df/da = silu'(a) b, df/db = silu(a). Range:
/// all numbers. No gradient passes to b where a is 0 or far below, none to a where b is 0. Halves the axis: 16 features
/// become 8. This is the gate alone; put dense layers before and after it. The gate is the first half, as in the paper
/// and in language models; PyTorch's glu has it second. Shazeer, "GLU variants improve transformer", 2020.
///
/// ```relume
/// net = dense(16) -> swiglu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Swiglu {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

impl Activation for Swiglu {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (name, gate) = ("swiglu", Gate::First);
            Arc::new(Gated { name, axis: self.axis, gate, function: Silu {} }).into()
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::shrunk(self.axis, 2, sample)
    }
}
