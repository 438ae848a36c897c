//! The gated linear unit: one half of an axis, gated by the sigmoid of the other.

use crate::gated::{Gate, Gated};
use crate::sigmoid::Sigmoid;
use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Halves an axis: the first half times the sigmoid of the second.
///
/// f(a, b) = a sigmoid(b) with a, b the first and the second half of an axis; df/da = sigmoid(b), df/db = a sigmoid(b)
/// (1 - sigmoid(b)). Range: all numbers. No gradient passes to a where b is far below 0, none to b where |b| is large
/// or a is 0. Halves the axis: 16 features become 8. This is the gate alone; put dense layers before and after it.
/// Dauphin and others, "Language modeling with gated convolutional networks", 2017.
///
/// ```relume
/// net = dense(16) -> glu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Glu {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

impl Activation for Glu {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (name, gate) = ("glu", Gate::Second);
            Arc::new(Gated { name, axis: self.axis, gate, function: Sigmoid {} }).into()
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::shrunk(self.axis, 2, sample)
    }
}
