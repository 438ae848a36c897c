//! GEGLU: one half of an axis, gated by the gelu of the other.

use crate::gated::{Gate, Gated};
use crate::gelu::{Approximation, ByTanh, Exact};
use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Halves an axis: the gelu of the first half times the second.
///
/// f(a, b) = gelu(a) b with a, b the first and the second half of an axis; df/da = gelu'(a) b, df/db = gelu(a). Range:
/// all numbers. No gradient passes to b where a is 0 or far below, none to a where b is 0. Halves the axis: 16 features
/// become 8. This is the gate alone; put dense layers before and after it. The gate is the first half, as in the paper;
/// PyTorch's glu has it second. Shazeer, "GLU variants improve transformer", 2020.
///
/// ```relume
/// net = dense(16) -> geglu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Geglu {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
    /// The exact function, or its approximation by tanh.
    #[spec(default = Approximation::None)]
    pub approximate: Approximation,
}

impl Activation for Geglu {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (name, axis, gate) = ("geglu", self.axis, Gate::First);
            match self.approximate {
                Approximation::None => Arc::new(Gated { name, axis, gate, function: Exact }).into(),
                Approximation::Tanh => {
                    Arc::new(Gated { name, axis, gate, function: ByTanh }).into()
                }
            }
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::shrunk(self.axis, 2, sample)
    }
}
