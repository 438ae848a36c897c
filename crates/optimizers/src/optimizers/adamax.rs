//! Adamax: Adam with the largest recent gradient in place of the mean of squares.

use super::shared::{EMA, GROUPS, L1, betas, check_betas, epsilon, learning_rate, weight_decay};
use super::{Common, Rule, alike};
use crate::{Step, fused::update};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Adamax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adamax {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean, and of the largest gradient, is kept.
    pub betas: [f64; 2],
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Described for Adamax {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adamax",
        aliases: &[],
        summary: "adam with the largest recent gradient as the divisor",
        details: "m = b1 m + (1 - b1) g; u = max(b2 u, |g| + eps); w = w - lr / (1 - b1^t) m / u. Kingma and Ba, \"Adam: a method for stochastic optimization\", 2015, section 7.",
        arguments: &[
            learning_rate(2e-3),
            betas(&[0.9, 0.999]),
            epsilon(1e-8),
            weight_decay(0.0),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=adamax",
    };

    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Adamax {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["exp_avg", "exp_inf"], shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let [b1, b2] = step.betas(self.betas);
        let [step_size, entering, kept, eps, decay] =
            [step.lr(self.lr) / step.correction(b1), 1.0 - b1, b2, self.eps, self.weight_decay]
                .map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, m, u]| {
            let g = g + decay * *w;
            *m += entering * (g - *m);
            let (before, now) = (kept * *u, g.abs() + eps);
            *u = if before > now { before } else { now };
            *w -= step_size * (*m / *u);
        });
    }
}
