//! AdamW: Adam with the weight decay kept apart from the gradient.

use super::adam::{Moments, adam, slots};
use super::shared::{
    AMSGRAD, EMA, GROUPS, L1, betas, check_betas, epsilon, learning_rate, weight_decay,
};
use super::{Common, Rule};
use crate::Step;
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// AdamW.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adamw {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean, and of the mean of squares, is kept.
    pub betas: [f64; 2],
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// Whether the largest mean of squares so far divides.
    pub amsgrad: bool,
    /// What all rules can do.
    #[serde(flatten)]
    pub common: Common,
}

impl Default for Adamw {
    /// PyTorch's defaults.
    fn default() -> Self {
        Adamw {
            lr: 1e-3,
            betas: [0.9, 0.999],
            eps: 1e-8,
            weight_decay: 0.01,
            amsgrad: false,
            common: Common::default(),
        }
    }
}

impl Described for Adamw {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adamw",
        aliases: &[],
        summary: "adam with weight decay kept apart from the gradient",
        details: "w = w (1 - lr weight_decay), then Adam's step. Loshchilov and Hutter, \"Decoupled weight decay regularization\", 2019.",
        arguments: &[
            learning_rate(1e-3),
            betas(&[0.9, 0.999]),
            epsilon(1e-8),
            weight_decay(0.01),
            AMSGRAD,
            L1,
            EMA,
            GROUPS,
        ],
        example: "train net on digits epochs=1 optimizer=adamw(lr=0.001, weight_decay=0.05)",
    };

    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Adamw {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        slots(self.amsgrad, shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let (lr, betas) = (step.lr(self.lr), step.betas(self.betas));
        let moments = Moments::new(betas, self.weight_decay, Some(lr));
        let options = (lr, betas, self.eps, self.amsgrad);
        adam((value, gradient, slots), moments, step, options);
    }
}
