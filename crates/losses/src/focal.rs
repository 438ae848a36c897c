//! The focal loss: binary cross-entropy with less weight on easy examples.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Binary cross-entropy of logits with less weight on easy examples: for rare classes.
///
/// L = -a (1 - q)^gamma ln q, where q is the probability that sigmoid gives to the right side and a is alpha for
/// targets of 1, 1 - alpha for targets of 0; alpha = -1 leaves it out. With gamma = 0 and alpha = -1 it is
/// bce_with_logits. T.-Y. Lin and others, Focal Loss for Dense Object Detection, 2017.
///
/// ```relume
/// focal([2, -1], [1, 0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss, check = Self::consistent)]
pub struct Focal {
    /// How much the weight of easy examples is reduced.
    #[spec(default = 2.0, non_negative)]
    pub gamma: f64,
    /// The weight of targets of 1; those of 0 have 1 - alpha. -1 for no weights.
    #[spec(default = 0.25, range = -1.0..=1.0)]
    pub alpha: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

impl Focal {
    fn consistent(&self) -> Result<(), String> {
        match self.alpha < 0.0 && self.alpha != -1.0 {
            true => Err(format!(
                "alpha lies between 0 and 1, or is -1 for no weights, not {}",
                self.alpha
            )),
            false => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    gamma: f32,
    alpha: f32,
}

/// x^power for x from 0 to 1; small whole powers are exact products.
#[inline(always)]
fn power(x: f32, power: f32) -> f32 {
    if power == 0.0 {
        1.0
    } else if power == 1.0 {
        x
    } else if power == 2.0 {
        x * x
    } else {
        simd::exp(power * simd::ln(x))
    }
}

/// Values that the loss and its derivatives share.
struct Terms {
    /// The weight of the target, and its derivative with respect to the target.
    weight: [f32; 2],
    /// The probability of the wrong side.
    wrong: f32,
    /// The binary cross-entropy.
    entropy: f32,
    /// The probabilities of 1 and of 0.
    sides: [f32; 2],
}

impl Pair {
    #[inline(always)]
    fn terms(self, [x, t]: [f32; 2]) -> Terms {
        let sides = [simd::sigmoid(x), simd::sigmoid(-x)];
        let weight = match self.alpha < 0.0 {
            true => [1.0, 0.0],
            false => {
                let slope = 2.0 * self.alpha - 1.0;
                [self.alpha * t + (1.0 - self.alpha) * (1.0 - t), slope]
            }
        };
        let negative = if x < 0.0 { -x } else { 0.0 };
        let entropy = ((1.0 - t) * x + negative) + simd::ln_1p(simd::exp(-x.abs()));
        Terms { weight, wrong: sides[0] * (1.0 - t) + sides[1] * t, entropy, sides }
    }
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "focal";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, x: [f32; 2]) -> f32 {
        let Terms { weight, wrong, entropy, .. } = self.terms(x);
        weight[0] * power(wrong, self.gamma) * entropy
    }

    #[inline(always)]
    fn gradients(self, [x, t]: [f32; 2]) -> [f32; 2] {
        let Terms { weight, wrong, entropy, sides } = self.terms([x, t]);
        let factor = power(wrong, self.gamma);
        let steep = self.gamma * power(wrong, self.gamma - 1.0) * entropy;
        // Where the prediction is right, the logarithm vanishes faster than any power grows.
        let steep = if wrong == 0.0 || self.gamma == 0.0 { 0.0 } else { steep };
        let spread = sides[0] * sides[1];
        [
            weight[0] * (factor * (sides[0] - t) + steep * (1.0 - 2.0 * t) * spread),
            weight[1] * factor * entropy + weight[0] * (steep * (sides[1] - sides[0]) - factor * x),
        ]
    }

    fn refuse(self, [_, t]: [f32; 2]) -> Option<String> {
        // In this form, a NaN is refused as well.
        (!(0.0..=1.0).contains(&t)).then(|| format!("the target {t} does not lie between 0 and 1"))
    }
}

impl Loss for Focal {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(PointwiseLoss {
                pair: Pair { gamma: self.gamma as f32, alpha: self.alpha as f32 },
                reduction: self.reduced.reduction,
            })
            .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Logits
    }
}
