//! L-BFGS: steps by the curvature that past steps have shown.

use super::{Method, OptimizerSpec, Way};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};

/// L-BFGS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lbfgs {
    /// The learning rate: the first step of each line search, or every step without one.
    pub lr: f64,
    /// The most iterations of one step.
    pub max_iter: u64,
    /// The most evaluations of one step; 5/4 of the iterations if none.
    pub max_eval: Option<u64>,
    /// The step ends when no number of the gradient is larger.
    pub tolerance_grad: f64,
    /// The step ends when neither a weight nor the loss changes by more.
    pub tolerance_change: f64,
    /// How many past steps are remembered.
    pub history_size: usize,
    /// How far to go.
    pub line_search_fn: Option<LineSearch>,
}

/// How L-BFGS finds out how far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSearch {
    /// Until the loss has fallen enough, and the slope too.
    StrongWolfe,
}

impl Described for Lbfgs {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "lbfgs",
        aliases: &[],
        summary: "steps by the curvature that past steps have shown: for small networks with whole data sets in one batch",
        details: "Each batch is one step of up to max_iter iterations, which evaluate the loss of this very batch again and again: an iteration goes along the direction d = -H g, H being the inverse curvature that the last history_size steps have shown (two-loop recursion). All evaluations of a step see the same dropout. Nocedal and Wright, \"Numerical optimization\", 2006, algorithms 7.4, 3.5 and 3.6; interpolation and stopping as in PyTorch.",
        arguments: &[
            Argument::new("lr", Type::NON_NEGATIVE, "learning rate").or_number(1.0),
            Argument::new("max_iter", Type::COUNT, "most iterations of one step").or_integer(20),
            Argument::new(
                "max_eval",
                Type::COUNT,
                "most evaluations of one step; 5/4 of max_iter if not given",
            )
            .optional(),
            Argument::new(
                "tolerance_grad",
                Type::NON_NEGATIVE,
                "a step ends when no number of the gradient is larger",
            )
            .or_number(1e-7),
            Argument::new(
                "tolerance_change",
                Type::NON_NEGATIVE,
                "a step ends when weights and loss change by less",
            )
            .or_number(1e-9),
            Argument::new("history_size", Type::COUNT, "how many past steps are remembered")
                .or_integer(100),
            Argument::new(
                "line_search_fn",
                Type::Choice(&["strong_wolfe"]),
                "how far to go: every step as long as lr says if not given",
            )
            .optional(),
        ],
        example: "train net on digits epochs=3 batch=1437 optimizer=lbfgs(line_search_fn=\"strong_wolfe\")",
    };
}

impl Lbfgs {
    /// The most evaluations of one step.
    pub fn evaluations(&self) -> u64 {
        self.max_eval.unwrap_or(self.max_iter.saturating_mul(5) / 4)
    }
}

impl Method for Lbfgs {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn way(&self) -> Way<'_> {
        Way::Together(self)
    }

    fn fallback(&self) -> Option<OptimizerSpec> {
        None
    }
}
