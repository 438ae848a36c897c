//! Binary cross-entropy of probabilities.

use crate::pairwise::{Pairwise, PairwiseLoss};
use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction};
use relume_autograd::OpRef;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Binary cross-entropy of probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bce {
    /// What becomes of the losses of all numbers.
    pub reduction: Reduction,
}

impl Described for Bce {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "bce",
        aliases: &[],
        summary: "binary cross-entropy of probabilities: for a network that ends in sigmoid",
        details: "L = -(t ln p + (1 - t) ln(1 - p)), logarithms cut off at -100 as in PyTorch. bce_with_logits is more exact where sigmoid comes last.",
        arguments: &[REDUCTION],
        example: "bce([0.9, 0.2], [1, 0])",
    };
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pairwise for Pair {
    const NAME: &'static str = "bce";

    #[inline(always)]
    fn loss(self, p: f32, t: f32) -> f32 {
        let cut = |x: f32| if x < -100.0 { -100.0 } else { x };
        (t - 1.0) * cut(simd::ln_1p(-p)) - t * cut(simd::ln(p))
    }

    /// (p - t) / (p (1 - p)), the divisor not below 1e-12.
    #[inline(always)]
    fn derivative(self, p: f32, t: f32) -> f32 {
        let divisor = p * (1.0 - p);
        (p - t) / if divisor < 1e-12 { 1e-12 } else { divisor }
    }

    fn refuse(self, p: f32, t: f32) -> Option<String> {
        // Asked this way round, a NaN is refused as well.
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

impl Loss for Bce {
    fn op(&self) -> OpRef {
        Arc::new(PairwiseLoss { pair: Pair, reduction: self.reduction }).into()
    }

    fn expects(&self) -> Expects {
        Expects::Probabilities
    }
}
