//! The mean squared error.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction};
use relume_autograd::OpRef;
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The mean squared error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mse {
    /// What becomes of the losses of all numbers.
    pub reduction: Reduction,
}

impl Described for Mse {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "mse",
        aliases: &[],
        summary: "the mean squared difference: for numbers",
        details: "L = (p - t)^2, dL/dp = 2 (p - t).",
        arguments: &[REDUCTION],
        example: "mse([1, 2], [1, 4])",
    };
}

#[derive(Clone, Copy, Debug)]
struct Pair;

impl Pointwise<2> for Pair {
    const NAME: &'static str = "mse";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        (p - t) * (p - t)
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let slope = 2.0 * (p - t);
        [slope, -slope]
    }
}

impl Loss for Mse {
    fn op(&self) -> OpRef {
        Arc::new(PointwiseLoss { pair: Pair, reduction: self.reduction }).into()
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
