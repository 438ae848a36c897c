//! The negative log-likelihood of counts under a Poisson distribution.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// The negative log-likelihood of counts under a Poisson distribution: for how often something happens.
///
/// L = e^p - t p if p is the logarithm of the expected count (log_input), p - t ln(p + eps) if it is the count itself;
/// dL/dp = e^p - t, or 1 - t / (p + eps). With full, the term that depends on t alone is added where t > 1, by
/// Stirling: t ln t - t + ln(2 pi t) / 2.
///
/// ```relume
/// poisson_nll([0.5, 1], [1, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct PoissonNll {
    /// Whether predictions are logarithms of counts.
    #[spec(default = true)]
    pub log_input: bool,
    /// Adds the term that depends on the target alone.
    #[spec(default = false)]
    pub full: bool,
    /// Keeps the logarithm of a count of 0 finite.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    log_input: bool,
    full: bool,
    eps: f32,
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "poisson_nll";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let loss = match self.log_input {
            true => simd::exp(p) - t * p,
            false => p - t * simd::ln(p + self.eps),
        };
        let stirling = t * simd::ln(t) - t + 0.5 * simd::ln(std::f32::consts::TAU * t);
        if self.full && t > 1.0 { loss + stirling } else { loss }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let (slope, target_slope) = match self.log_input {
            true => (simd::exp(p) - t, -p),
            false => (1.0 - t / (p + self.eps), -simd::ln(p + self.eps)),
        };
        let stirling = simd::ln(t) + 0.5 / t;
        let target_slope =
            if self.full && t > 1.0 { target_slope + stirling } else { target_slope };
        [slope, target_slope]
    }
}

impl Loss for PoissonNll {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss {
                pair: Pair { log_input: self.log_input, full: self.full, eps: self.eps as f32 },
                reduction: self.reduced.reduction,
            })
            .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
