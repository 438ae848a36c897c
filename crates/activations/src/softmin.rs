//! Softmin: softmax of the numbers with their signs turned.

use crate::softmax::SoftmaxOp;
use crate::{Activation, Facts, Misfit, axis};
use relume_autograd::OpRef;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Shape;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// e^-x over the sum of e^-x along an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Softmin {
    /// The axis, the batch's counted as 0; negative ones count from the last.
    pub axis: i64,
}

impl Described for Softmin {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "softmin",
        aliases: &[],
        summary: "turns numbers into probabilities, the smallest the most probable",
        details: "y_i = e^-x_i / sum_j e^-x_j along an axis: softmax(-x); dx = -y (dy - sum(dy y)). Range: (0, 1). Flat where one number is far below all others. PyTorch's Softmin; softmax itself: Bridle, \"Probabilistic interpretation of feedforward classification network outputs\", 1990.",
        arguments: &[axis::ARGUMENT],
        example: "softmin([1, 2, 3])",
    };
}

impl Activation for Softmin {
    fn op(&self) -> OpRef {
        Arc::new(SoftmaxOp { axis: self.axis, sign: -1.0 }).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, Misfit> {
        axis::check(self.axis, sample).map(|()| sample)
    }
}
