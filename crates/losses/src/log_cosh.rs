//! The logarithm of the hyperbolic cosine of the difference.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// The logarithm of the hyperbolic cosine of the difference: mse near the target, mae far from it, smooth throughout.
///
/// With d = p - t: L = ln cosh d, near 0 about d^2 / 2, far away |d| - ln 2; dL/dp = tanh d.
///
/// ```relume
/// log_cosh([1, 2], [1, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct LogCosh {
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pointwise<2> for Pair {
    const NAME: &'static str = "log_cosh";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let d = (p - t).abs();
        // cosh^2 = 1 + sinh^2 keeps the square near 0; for large d, e^d is factored out, since it would overflow.
        let sinh = 0.5 * (simd::exp_m1(d) - simd::exp_m1(-d));
        let near = 0.5 * simd::ln_1p(sinh * sinh);
        let far = d + (simd::ln_1p(simd::exp(-2.0 * d)) - std::f32::consts::LN_2);
        if d < 1.0 { near } else { far }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let slope = simd::tanh(p - t);
        [slope, -slope]
    }
}

impl Loss for LogCosh {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss { pair: Pair, reduction: self.reduced.reduction }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
