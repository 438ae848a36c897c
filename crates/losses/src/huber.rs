//! The Huber loss: squared near the target, absolute far from it.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// Squared for small differences, absolute for large ones: for numbers with outliers.
///
/// With d = p - t: L = d^2 / 2 where |d| < delta, delta (|d| - delta / 2) elsewhere; dL/dp = d, clipped to -delta and
/// delta. P. J. Huber, Robust Estimation of a Location Parameter, 1964.
///
/// ```relume
/// huber([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Huber {
    /// The difference above which it grows linearly.
    #[spec(default = 1.0, positive)]
    pub delta: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    delta: f32,
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "huber";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let d = (p - t).abs();
        let near = 0.5 * d * d;
        let far = self.delta * (d - 0.5 * self.delta);
        if d < self.delta { near } else { far }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let d = p - t;
        let cut = if d <= -self.delta { -self.delta } else { d };
        let cut = if d >= self.delta { self.delta } else { cut };
        [cut, -cut]
    }
}

impl Loss for Huber {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss {
                pair: Pair { delta: self.delta as f32 },
                reduction: self.reduced.reduction,
            })
            .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
