//! The mean squared error.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// The mean squared difference: for numbers.
///
/// L = (p - t)^2, dL/dp = 2 (p - t).
///
/// ```relume
/// mse([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Mse {
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pointwise<2> for Pair {
    const NAME: &'static str = "mse";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        (p - t) * (p - t)
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let slope = 2.0 * (p - t);
        [slope, -slope]
    }
}

impl Loss for Mse {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss { pair: Pair, reduction: self.reduced.reduction }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
