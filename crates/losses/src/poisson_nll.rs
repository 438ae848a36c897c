//! The negative log-likelihood of counts under a Poisson distribution.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction};
use relume_autograd::OpRef;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The negative log-likelihood of counts under a Poisson distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoissonNll {
    /// Whether predictions are logarithms of expected counts.
    pub log_input: bool,
    /// Whether what depends on the target alone is added.
    pub full: bool,
    /// Keeps the logarithm of an expected count of 0 finite.
    pub eps: f64,
    /// What becomes of the losses of all numbers.
    pub reduction: Reduction,
}

impl Described for PoissonNll {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "poisson_nll",
        aliases: &[],
        summary: "the negative log-likelihood of counts: for how often something happens",
        details: "L = e^p - t p where p is the logarithm of the expected count (log_input), p - t ln(p + eps) where it is the count itself; dL/dp = e^p - t, or 1 - t / (p + eps). With full, what depends on t alone is added where t > 1, by Stirling: t ln t - t + ln(2 pi t) / 2.",
        arguments: &[
            Argument::new(
                "log_input",
                Type::Boolean,
                "whether predictions are logarithms of counts",
            )
            .or_boolean(true),
            Argument::new("full", Type::Boolean, "adds what depends on the target alone")
                .or_boolean(false),
            Argument::new("eps", Type::NON_NEGATIVE, "keeps the logarithm of a count of 0 finite")
                .or_number(1e-8),
            REDUCTION,
        ],
        example: "poisson_nll([0.5, 1], [1, 3])",
    };
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
        Arc::new(PointwiseLoss {
            pair: Pair { log_input: self.log_input, full: self.full, eps: self.eps as f32 },
            reduction: self.reduction,
        })
        .into()
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
