//! The Kullback-Leibler divergence of two distributions.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::{Expects, Loss, Reduction};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// How far predicted distributions are from the targets: for a network that ends in log_softmax.
///
/// L = t (ln t - x) for logarithms x of probabilities, 0 where t is 0; with log_target, L = e^t (t - x). dL/dx = -t.
/// Only reduction="batchmean" is the divergence as it is defined; "mean" divides by the count of all numbers, as in
/// PyTorch.
///
/// ```relume
/// kl_div(log_softmax([[2, -1]]), [[0.5, 0.5]], reduction="batchmean")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct KlDiv {
    /// Whether targets are logarithms of probabilities too.
    #[spec(default = false)]
    pub log_target: bool,
    /// The mean of all losses, their sum for each sample, their sum, or all of them.
    #[spec(default = Reduction::Mean)]
    pub reduction: Reduction,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    log_target: bool,
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "kl_div";

    #[inline(always)]
    fn loss(self, [x, t]: [f32; 2]) -> f32 {
        if self.log_target {
            simd::exp(t) * (t - x)
        } else {
            let own = if t == 0.0 { 0.0 } else { t * simd::ln(t) };
            own - t * x
        }
    }

    #[inline(always)]
    fn gradients(self, [x, t]: [f32; 2]) -> [f32; 2] {
        match self.log_target {
            true => [-simd::exp(t), simd::exp(t) * (t - x + 1.0)],
            false => [-t, simd::ln(t) + 1.0 - x],
        }
    }
}

impl Loss for KlDiv {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let pair = Pair { log_target: self.log_target };
            Arc::new(PointwiseLoss { pair, reduction: self.reduction }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::LogProbabilities
    }
}
