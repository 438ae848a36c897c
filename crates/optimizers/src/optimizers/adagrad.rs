//! Adagrad: steps divided by the size of all gradients so far.

use super::shared::{EMA, GROUPS, L1, epsilon, learning_rate, weight_decay};
use super::{Common, Rule, alike};
use crate::{Step, fused::update};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Adagrad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adagrad {
    /// The learning rate.
    pub lr: f64,
    /// How fast the rate falls with the updates.
    pub lr_decay: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// What the sum of squares starts with.
    pub initial_accumulator_value: f64,
    /// Added to the divisor.
    pub eps: f64,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Described for Adagrad {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adagrad",
        aliases: &[],
        summary: "divides steps by the root of the sum of all squared gradients: for rare features",
        details: "s = s + g^2; w = w - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps). Duchi and others, \"Adaptive subgradient methods for online learning and stochastic optimization\", 2011.",
        arguments: &[
            learning_rate(0.01),
            Argument::new(
                "lr_decay",
                Type::NON_NEGATIVE,
                "how fast the rate falls with the updates",
            )
            .or_number(0.0),
            weight_decay(0.0),
            Argument::new(
                "initial_accumulator_value",
                Type::NON_NEGATIVE,
                "what the sum of squares starts with",
            )
            .or_number(0.0),
            epsilon(1e-10),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=adagrad(lr=0.01)",
    };

    fn validate(&self) -> Result<(), String> {
        self.common.check(self)
    }
}

impl Rule for Adagrad {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["sum"], shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let lr = step.lr(self.lr) / (1.0 + (step.count - 1) as f64 * self.lr_decay);
        let start = if step.count == 1 { self.initial_accumulator_value } else { 0.0 };
        let [lr, start, eps, decay] = [lr, start, self.eps, self.weight_decay].map(|x| x as f32);
        update::<2>(value, gradient, slots, |g, [w, sum]| {
            let g = g + decay * *w;
            *sum = (*sum + start) + g * g;
            *w -= lr * (g / (sum.sqrt() + eps));
        });
    }
}
