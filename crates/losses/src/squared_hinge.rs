//! The square of the hinge loss, which has no bend.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss, Targets};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// The square of hinge: no bend, and large violations cost more.
///
/// L = max(0, 1 - t p)^2 with t = -1 or 1; dL/dp = -2 t max(0, 1 - t p). Y. Tang, Deep Learning using Linear Support
/// Vector Machines, 2013.
///
/// ```relume
/// squared_hinge([0.5, -2], [1, -1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct SquaredHinge {
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pointwise<2> for Pair {
    const NAME: &'static str = "squared_hinge";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let short = 1.0 - t * p;
        if short <= 0.0 { 0.0 } else { short * short }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let short = 1.0 - t * p;
        let slope = if short <= 0.0 { 0.0 } else { -2.0 * short };
        [slope * t, slope * p]
    }

    fn refuse(self, [_, t]: [f32; 2]) -> Option<String> {
        (t.abs() != 1.0).then(|| format!("the target {t} is neither -1 nor 1"))
    }
}

impl Loss for SquaredHinge {
    fn op(&self) -> OpRef {
        Arc::new(PointwiseLoss { pair: Pair, reduction: self.reduced.reduction }).into()
    }

    fn expects(&self) -> Expects {
        Expects::Margins
    }

    fn targets(&self) -> Targets {
        Targets::Signs
    }
}
