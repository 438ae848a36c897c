//! The Huber loss: squared near the target, absolute far from it.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::REDUCTION;
use crate::{Expects, Loss, Reduction};
use relume_autograd::OpRef;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The Huber loss: squared near the target, absolute far from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Huber {
    /// The difference from which on the loss grows in a straight line.
    pub delta: f64,
    /// What becomes of the losses of all numbers.
    pub reduction: Reduction,
}

impl Described for Huber {
    const ENTRY: Entry = Entry {
        kind: Kind::Loss,
        name: "huber",
        aliases: &[],
        summary: "squared for small differences, absolute for large ones: for numbers with outliers",
        details: "With d = p - t: L = d^2 / 2 where |d| < delta, delta (|d| - delta / 2) elsewhere; dL/dp = d, cut off at -delta and delta. P. J. Huber, Robust Estimation of a Location Parameter, 1964.",
        arguments: &[
            Argument::new(
                "delta",
                Type::POSITIVE,
                "the difference from which on it grows in a straight line",
            )
            .or_number(1.0),
            REDUCTION,
        ],
        example: "huber([1, 2], [1, 4])",
    };
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    delta: f32,
}

impl Pointwise<2> for Pair {
    const NAME: &'static str = "huber";

    #[inline(always)]
    fn loss(self, [p, t]: [f32; 2]) -> f32 {
        let d = (p - t).abs();
        let near = 0.5 * d * d;
        let far = self.delta * (d - 0.5 * self.delta);
        if d < self.delta { near } else { far }
    }

    #[inline(always)]
    fn gradients(self, [p, t]: [f32; 2]) -> [f32; 2] {
        let d = p - t;
        let cut = if d <= -self.delta { -self.delta } else { d };
        let cut = if d >= self.delta { self.delta } else { cut };
        [cut, -cut]
    }
}

impl Loss for Huber {
    fn op(&self) -> OpRef {
        Arc::new(PointwiseLoss {
            pair: Pair { delta: self.delta as f32 },
            reduction: self.reduction,
        })
        .into()
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
