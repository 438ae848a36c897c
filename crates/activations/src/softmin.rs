//! Softmin: softmax of the numbers with their signs turned.

use crate::softmax::SoftmaxOp;
use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Turns numbers into probabilities, the smallest the most probable.
///
/// y_i = e^-x_i / sum_j e^-x_j along an axis: softmax(-x); dx = -y (dy - sum(dy y)). Range: (0, 1). Flat where one
/// number is far below all others. PyTorch's Softmin; softmax itself: Bridle, "Probabilistic interpretation of
/// feedforward classification network outputs", 1990.
///
/// ```relume
/// softmin([1, 2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Softmin {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

impl Activation for Softmin {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(SoftmaxOp { axis: self.axis, sign: -1.0 }).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::check(self.axis, sample).map(|()| sample)
    }
}
