//! Binary cross-entropy of logits, the sigmoid built in.

use crate::pairwise::{Pairwise, PairwiseLoss};
use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction};
use relume_autograd::OpRef;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Binary cross-entropy of logits, the sigmoid built in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BceWithLogits {
    /// What becomes of the losses of all numbers.
    pub reduction: Reduction,
}

impl Described for BceWithLogits {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "bce_with_logits",
        aliases: &[],
        summary: "binary cross-entropy with the sigmoid built in: for a network that ends without one",
        details: "L = ln(1 + e^x) - x t; dL/dx = sigmoid(x) - t. Exact for logits of any size.",
        arguments: &[REDUCTION],
        example: "bce_with_logits([2, -1], [1, 0])",
    };
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pairwise for Pair {
    const NAME: &'static str = "bce_with_logits";

    #[inline(always)]
    fn loss(self, x: f32, t: f32) -> f32 {
        // The bracket is exactly 0 where t is right and x large: the tail of the logarithm is not lost in it.
        let negative = if x < 0.0 { -x } else { 0.0 };
        ((1.0 - t) * x + negative) + simd::ln_1p(simd::exp(-x.abs()))
    }

    #[inline(always)]
    fn derivative(self, x: f32, t: f32) -> f32 {
        simd::sigmoid(x) - t
    }
}

impl Loss for BceWithLogits {
    fn op(&self) -> OpRef {
        Arc::new(PairwiseLoss { pair: Pair, reduction: self.reduction }).into()
    }

    fn expects(&self) -> Expects {
        Expects::Logits
    }
}
