//! Adadelta: steps as large as those before, divided by the size of recent gradients.

use super::shared::{EMA, GROUPS, L1, epsilon, learning_rate, weight_decay};
use super::{Common, Rule, alike};
use crate::{Step, fused::update};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Adadelta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adadelta {
    /// The learning rate.
    pub lr: f64,
    /// How much of the means of squares is kept.
    pub rho: f64,
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Described for Adadelta {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adadelta",
        aliases: &[],
        summary: "steps in the size of recent steps, divided by that of recent gradients: needs no rate",
        details: "v = rho v + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(v + eps) g; u = rho u + (1 - rho) d^2; w = w - lr d. Zeiler, \"ADADELTA: an adaptive learning rate method\", 2012.",
        arguments: &[
            learning_rate(1.0),
            Argument::new("rho", Type::FRACTION, "how much of the means of squares is kept")
                .or_number(0.9),
            epsilon(1e-6),
            weight_decay(0.0),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=adadelta",
    };

    fn validate(&self) -> Result<(), String> {
        self.common.check(self)
    }
}

impl Rule for Adadelta {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["square_avg", "acc_delta"], shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let [lr, rho, entering, eps, decay] =
            [step.lr(self.lr), self.rho, 1.0 - self.rho, self.eps, self.weight_decay]
                .map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, v, u]| {
            let g = g + decay * *w;
            *v = rho * *v + entering * (g * g);
            let delta = (*u + eps).sqrt() / (*v + eps).sqrt() * g;
            *u = rho * *u + entering * (delta * delta);
            *w -= lr * delta;
        });
    }
}
