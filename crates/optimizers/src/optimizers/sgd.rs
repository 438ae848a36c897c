//! Stochastic gradient descent, with momentum.

use super::shared::{EMA, GROUPS, L1, learning_rate, momentum, weight_decay};
use super::{Common, Rule, alike};
use crate::{Step, fused::update};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Stochastic gradient descent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sgd {
    /// The learning rate.
    pub lr: f64,
    /// How much of the last step is kept.
    pub momentum: f64,
    /// How much of a new gradient does not enter the momentum.
    pub dampening: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// Whether the momentum is looked ahead.
    pub nesterov: bool,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Described for Sgd {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "sgd",
        aliases: &[],
        summary: "stochastic gradient descent, with momentum if wanted",
        details: "b = momentum b + (1 - dampening) g (b = g at first); w = w - lr b, or w - lr (g + momentum b) with Nesterov's momentum. Sutskever and others, \"On the importance of initialization and momentum in deep learning\", 2013.",
        arguments: &[
            learning_rate(1e-3),
            momentum(0.0),
            Argument::new(
                "dampening",
                Type::REAL,
                "how much of a new gradient stays out of the momentum",
            )
            .or_number(0.0),
            weight_decay(0.0),
            Argument::new("nesterov", Type::Boolean, "whether the momentum is looked ahead")
                .or_boolean(false),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=sgd(lr=0.1, momentum=0.9)",
    };

    fn validate(&self) -> Result<(), String> {
        match self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            true => Err("Nesterov's momentum needs a momentum and no dampening".to_string()),
            false => self.common.check(self),
        }
    }
}

impl Rule for Sgd {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        match self.momentum > 0.0 {
            true => alike(["momentum_buffer"], shape),
            false => Vec::new(),
        }
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let [lr, decay, momentum] =
            [step.lr(self.lr), self.weight_decay, step.momentum(self.momentum)].map(|x| x as f32);
        if self.momentum == 0.0 {
            return update::<1>(value, gradient, slots, |g, [w]| *w -= lr * (g + decay * *w));
        }
        let entering = if step.count == 1 { 1.0 } else { 1.0 - self.dampening } as f32;
        match self.nesterov {
            false => update::<2>(value, gradient, slots, |g, [w, b]| {
                *b = momentum * *b + entering * (g + decay * *w);
                *w -= lr * *b;
            }),
            true => update::<2>(value, gradient, slots, |g, [w, b]| {
                let g = g + decay * *w;
                *b = momentum * *b + entering * g;
                *w -= lr * (g + momentum * *b);
            }),
        }
    }
}
