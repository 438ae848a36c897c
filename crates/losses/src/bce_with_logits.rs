//! Binary cross-entropy of logits, the sigmoid built in.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::weights::{Weighted, Weights};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Binary cross-entropy with the sigmoid built in: for a network that ends without one.
///
/// L = w ((1 - t) x + (1 + (q - 1) t) ln(1 + e^-x)) with the weight w and the weight q of targets of 1; with both 1,
/// L = ln(1 + e^x) - x t and dL/dx = sigmoid(x) - t. Exact for logits of any size.
///
/// ```relume
/// bce_with_logits([2, -1], [1, 0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct BceWithLogits {
    /// A weight for each output, or one for all.
    pub weight: Option<Weights>,
    /// A weight of targets of 1 for each output, or one for all.
    pub pos_weight: Option<Weights>,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

/// ln(1 + e^-x) less max(-x, 0).
#[inline(always)]
fn tail(x: f32) -> f32 {
    simd::ln_1p(simd::exp(-x.abs()))
}

#[inline(always)]
fn negative_part(x: f32) -> f32 {
    if x < 0.0 { -x } else { 0.0 }
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "bce_with_logits";

    #[inline(always)]
    fn loss(self, [x, t]: [f32; 2]) -> f32 {
        // The bracket is exactly 0 where t is right and x large, so the tail of the logarithm is kept.
        ((1.0 - t) * x + negative_part(x)) + tail(x)
    }

    #[inline(always)]
    fn gradients(self, [x, t]: [f32; 2]) -> [f32; 2] {
        [simd::sigmoid(x) - t, -x]
    }
}

/// With a weight, and a weight of targets of 1.
impl Pointwise<4> for Pair {
    const NAME: &'static str = "bce_with_logits";

    #[inline(always)]
    fn loss(self, [x, t, w, q]: [f32; 4]) -> f32 {
        let tail_weight = (q - 1.0) * t + 1.0;
        w * ((1.0 - t) * x + tail_weight * (tail(x) + negative_part(x)))
    }

    #[inline(always)]
    fn gradients(self, [x, t, w, q]: [f32; 4]) -> [f32; 4] {
        let tail_weight = (q - 1.0) * t + 1.0;
        let dx = (1.0 - t) - tail_weight * simd::sigmoid(-x);
        let dt = (q - 1.0) * (tail(x) + negative_part(x)) - x;
        [w * dx, w * dt, 0.0, 0.0]
    }
}

impl Loss for BceWithLogits {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (pair, reduction) = (Pair, self.reduced.reduction);
            match (&self.weight, &self.pos_weight) {
                (None, None) => Arc::new(PointwiseLoss::<_, 2> { pair, reduction }).into(),
                (weight, pos_weight) => {
                    let columns =
                        [weight, pos_weight].map(|given| Weights::numbers(given.as_ref()));
                    Arc::new(Weighted::<_, 4> { pair, reduction, columns: columns.to_vec() }).into()
                }
            }
        })
    }

    fn expects(&self) -> Expects {
        Expects::Logits
    }
}
