//! The hinge losses of support vector machines, plain and squared.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss, Targets};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::fmt::Debug;
use std::sync::Arc;

/// Grows linearly until a prediction is beyond 1 on its target's side: for two classes, -1 and 1.
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

/// A function of how far a prediction falls short of 1 on its side, 1 - t p, where it does.
trait Shortfall: Copy + Debug + Send + Sync + 'static {
    const NAME: &'static str;
    fn loss(short: f32) -> f32;
    fn slope(short: f32) -> f32;
}

#[derive(Clone, Copy, Debug)]
struct Plain;

impl Shortfall for Plain {
    const NAME: &'static str = "hinge";

    #[inline(always)]
    fn loss(short: f32) -> f32 {
        short
    }

    #[inline(always)]
    fn slope(_: f32) -> f32 {
        1.0
    }
}

#[derive(Clone, Copy, Debug)]
struct Squared;

impl Shortfall for Squared {
    const NAME: &'static str = "squared_hinge";

    #[inline(always)]
    fn loss(short: f32) -> f32 {
        short * short
    }

    #[inline(always)]
    fn slope(short: f32) -> f32 {
        2.0 * short
    }
}

#[derive(Clone, Copy, Debug)]
struct Pair<F>(F);

impl<F: Shortfall> Pointwise<2> for Pair<F> {
    const NAME: &'static str = F::NAME;
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let short = 1.0 - t * p;
        if short <= 0.0 { 0.0 } else { F::loss(short) }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let short = 1.0 - t * p;
        let slope = -F::slope(short);
        if short <= 0.0 { [0.0; 2] } else { [slope * t, slope * p] }
    }

    fn refuse(self, [_, t]: [f32; 2]) -> Option<String> {
        (t.abs() != 1.0).then(|| format!("the target {t} is neither -1 nor 1"))
    }
}

impl Loss for Hinge {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss { pair: Pair(Plain), reduction: self.reduced.reduction }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Margins
    }

    fn targets(&self) -> Targets {
        Targets::Signs
    }
}

impl Loss for SquaredHinge {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss { pair: Pair(Squared), reduction: self.reduced.reduction })
                .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Margins
    }

    fn targets(&self) -> Targets {
        Targets::Signs
    }
}
