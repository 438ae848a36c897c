//! AMSGrad: Adam whose divisor never shrinks.

use super::adam::{Moments, adam, slots};
use super::shared::{EMA, GROUPS, L1, betas, check_betas, epsilon, learning_rate, weight_decay};
use super::{Common, Rule};
use crate::Step;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// AMSGrad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amsgrad {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean, and of the mean of squares, is kept.
    pub betas: [f64; 2],
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Described for Amsgrad {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "amsgrad",
        aliases: &[],
        summary: "adam whose divisor never shrinks: the same as adam(amsgrad=true)",
        details: "As adam, with the largest v so far in the place of v. Reddi and others, \"On the convergence of Adam and beyond\", 2018.",
        arguments: &[
            learning_rate(1e-3),
            betas(&[0.9, 0.999]),
            epsilon(1e-8),
            weight_decay(0.0),
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=amsgrad(lr=0.001)",
    };

    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Amsgrad {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        slots(true, shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let betas = step.betas(self.betas);
        let moments = Moments::new(betas, self.weight_decay, None);
        let options = (step.lr(self.lr), betas, self.eps, true);
        adam((value, gradient, slots), moments, step, options);
    }
}
