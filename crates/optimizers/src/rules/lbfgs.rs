//! L-BFGS: steps by the curvature along past steps.

use super::{Method, OptimizerSpec, UpdateKind};
use relume_catalog::{Choice, Spec};

/// Steps by the curvature along past steps: for small networks with a whole data set in one batch.
///
/// Each batch is one step of up to max_iter iterations, which evaluate the loss of this batch repeatedly: an iteration
/// goes along the direction d = -H g, H being the inverse curvature from the last history_size steps (two-loop
/// recursion). All evaluations of a step use the same dropout. Nocedal and Wright, "Numerical optimization", 2006,
/// algorithms 7.4, 3.5 and 3.6; interpolation and stopping as in PyTorch.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 batch=1437 optimizer=lbfgs(line_search_fn="strong_wolfe")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer)]
pub struct Lbfgs {
    /// Learning rate.
    #[spec(default = 1.0, non_negative)]
    pub lr: f64,
    /// Most iterations in one step.
    #[spec(default = 20, positive)]
    pub max_iter: u64,
    /// Most evaluations in one step; 5/4 of max_iter by default.
    #[spec(positive)]
    pub max_eval: Option<u64>,
    /// A step ends when no number of the gradient is larger in absolute value.
    #[spec(default = 1e-7, non_negative)]
    pub tolerance_grad: f64,
    /// A step ends when weights and loss change by less.
    #[spec(default = 1e-9, non_negative)]
    pub tolerance_change: f64,
    /// How many past steps are stored.
    #[spec(default = 100, positive)]
    pub history_size: usize,
    /// The line search; by default, every step has the length lr.
    pub line_search_fn: Option<LineSearch>,
}

/// How L-BFGS finds the length of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum LineSearch {
    /// Until the loss has fallen enough, and the slope too.
    StrongWolfe,
}

impl Lbfgs {
    /// The most evaluations of one step.
    pub fn evaluations(&self) -> u64 {
        self.max_eval.unwrap_or(self.max_iter.saturating_mul(5) / 4)
    }
}

impl Method for Lbfgs {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn update_kind(&self) -> UpdateKind<'_> {
        UpdateKind::Together(self)
    }

    fn fallback_optimizer(&self) -> Option<OptimizerSpec> {
        None
    }
}
