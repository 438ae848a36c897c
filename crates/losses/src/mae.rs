//! The mean absolute error.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// The mean absolute difference: for numbers with outliers.
///
/// L = |p - t|, dL/dp = sign(p - t).
///
/// ```relume
/// mae([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss, aliases = ["l1"])]
pub struct Mae {
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

/// -1, 0 or 1; 0 of NaN, as PyTorch's gradient of the absolute value has it.
#[inline(always)]
pub(crate) fn sign(d: f32) -> f32 {
    if d == 0.0 || d.is_nan() { 0.0 } else { 1.0f32.copysign(d) }
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "mae";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        (p - t).abs()
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let slope = sign(p - t);
        [slope, -slope]
    }
}

impl Loss for Mae {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss { pair: Pair, reduction: self.reduced.reduction }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
