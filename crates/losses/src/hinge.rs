//! The hinge loss of support vector machines.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss, Targets};
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// Grows while a prediction is not beyond 1 on its side: for two classes, -1 and 1.
///
/// L = max(0, 1 - t p) with t = -1 or 1; dL/dp = -t while t p < 1, then 0. For classes in training, each output stands
/// for its class (1) against the rest (-1). C. Cortes and V. Vapnik, Support-Vector Networks, 1995.
///
/// ```relume
/// hinge([0.5, -2], [1, -1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Hinge {
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pointwise<2> for Pair {
    const NAME: &'static str = "hinge";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let short = 1.0 - t * p;
        if short <= 0.0 { 0.0 } else { short }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let far_enough = 1.0 - t * p <= 0.0;
        if far_enough { [0.0; 2] } else { [-t, -p] }
    }

    fn refuse(self, [_, t]: [f32; 2]) -> Option<String> {
        (t.abs() != 1.0).then(|| format!("the target {t} is neither -1 nor 1"))
    }
}

impl Loss for Hinge {
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
