//! Binary cross-entropy of probabilities.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::weights::{Weighted, Weights};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Binary cross-entropy of probabilities: for a network that ends in sigmoid.
///
/// L = -w (t ln p + (1 - t) ln(1 - p)), with logarithms not below -100 as in PyTorch. If sigmoid comes last,
/// bce_with_logits without it is more exact.
///
/// ```relume
/// bce([0.9, 0.2], [1, 0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Bce {
    /// A weight for each output, or one for all.
    pub weight: Option<Weights>,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pair {
    #[inline(always)]
    fn entropy(p: f32, t: f32) -> f32 {
        let cut = |x: f32| if x < -100.0 { -100.0 } else { x };
        (t - 1.0) * cut(simd::ln_1p(-p)) - t * cut(simd::ln(p))
    }

    /// dp = (p - t) / (p (1 - p)), the divisor not below 1e-12; dt = ln(1 - p) - ln p.
    #[inline(always)]
    fn slopes(p: f32, t: f32) -> [f32; 2] {
        let divisor = p * (1.0 - p);
        let slope = (p - t) / if divisor < 1e-12 { 1e-12 } else { divisor };
        [slope, simd::ln_1p(-p) - simd::ln(p)]
    }

    fn problem(p: f32, t: f32) -> Option<String> {
        // In this form, a NaN is refused as well.
        let outside = |x: f32| !(0.0..=1.0).contains(&x);
        match (outside(p), outside(t)) {
            (true, _) => Some(format!(
                "{p} is not a probability; end the network with sigmoid or use bce_with_logits"
            )),
            (_, true) => Some(format!("the target {t} does not lie between 0 and 1")),
            _ => None,
        }
    }
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "bce";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        Self::entropy(p, t)
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        Self::slopes(p, t)
    }

    fn refuse(self, [p, t]: [f32; 2]) -> Option<String> {
        Self::problem(p, t)
    }
}

/// With a weight.
impl Pointwise<3> for Pair {
    const NAME: &'static str = "bce";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [p, t, w]: [f32; 3]) -> f32 {
        w * Self::entropy(p, t)
    }

    #[inline(always)]
    fn gradients(self, [p, t, w]: [f32; 3]) -> [f32; 3] {
        let [dp, dt] = Self::slopes(p, t);
        [w * dp, w * dt, 0.0]
    }

    fn refuse(self, [p, t, _]: [f32; 3]) -> Option<String> {
        Self::problem(p, t)
    }
}

impl Loss for Bce {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (pair, reduction) = (Pair, self.reduced.reduction);
            match &self.weight {
                None => Arc::new(PointwiseLoss::<_, 2> { pair, reduction }).into(),
                weight => {
                    let columns = vec![Weights::numbers(weight.as_ref())];
                    Arc::new(Weighted::<_, 3> { pair, reduction, columns }).into()
                }
            }
        })
    }

    fn expects(&self) -> Expects {
        Expects::Probabilities
    }
}
