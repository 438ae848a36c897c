//! The margin ranking loss: which of two numbers should be larger.

use crate::pointwise::{Pointwise, PointwiseLoss};
use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss};
use relume_activations::checked_op;
use relume_autograd::OpRef;
use relume_catalog::Spec;
use std::sync::Arc;

/// One of two numbers should be larger by a margin: for learning an order.
///
/// Applied to two tensors a and b of the same shape and y, 1 where a should be larger and -1 where b should: L = max(0,
/// margin - y (a - b)). y may be one number for all.
///
/// ```relume
/// margin_ranking([2, 1], [1, 3], [1, 1], margin=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct MarginRanking {
    /// The margin by which one should be larger.
    #[spec(default = 0.0)]
    pub margin: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Clone, Copy, Debug)]
struct Triple {
    margin: f32,
}

impl Pointwise<3> for Triple {
    const NAME: &'static str = "margin_ranking";
    const CHECKS: bool = true;

    #[inline(always)]
    fn loss(self, [a, b, y]: [f32; 3]) -> f32 {
        let short = self.margin - y * (a - b);
        if short < 0.0 { 0.0 } else { short }
    }

    #[inline(always)]
    fn gradients(self, [a, b, y]: [f32; 3]) -> [f32; 3] {
        let too_near = self.margin - y * (a - b) > 0.0;
        if too_near { [-y, y, b - a] } else { [0.0; 3] }
    }

    fn refuse(self, [_, _, y]: [f32; 3]) -> Option<String> {
        (y.abs() != 1.0).then(|| format!("{y} is neither 1 (the first is larger) nor -1"))
    }
}

impl Loss for MarginRanking {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let pair = Triple { margin: self.margin as f32 };
            Arc::new(PointwiseLoss { pair, reduction: self.reduced.reduction }).into()
        })
    }

    fn operands(&self) -> &'static [&'static str] {
        &["first", "second", "target"]
    }

    fn in_training(&self) -> Option<OpRef> {
        None
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
