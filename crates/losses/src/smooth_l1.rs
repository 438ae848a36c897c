//! The smooth absolute error: the Huber loss divided by its threshold.

use crate::mae::sign;
use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// Absolute with a rounded minimum: the Huber loss divided by its threshold.
///
/// With d = p - t: L = d^2 / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere; dL/dp = d / beta, clipped to -1 and
/// 1. With beta = 0 it is mae. R. Girshick, Fast R-CNN, 2015.
///
/// ```relume
/// smooth_l1([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct SmoothL1 {
    /// The difference below which it is squared.
    #[spec(default = 1.0, non_negative)]
    pub beta: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    beta: f32,
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "smooth_l1";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let d = (p - t).abs();
        let near = 0.5 * d * d / self.beta;
        let far = d - 0.5 * self.beta;
        if d < self.beta { near } else { far }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let d = p - t;
        let far = self.beta == 0.0 || d.abs() >= self.beta;
        let cut = if far { sign(d) } else { d / self.beta };
        [cut, -cut]
    }
}

impl Loss for SmoothL1 {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss {
                pair: Pair { beta: self.beta as f32 },
                reduction: self.reduced.reduction,
            })
            .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
