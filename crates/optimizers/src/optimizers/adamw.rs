//! AdamW: Adam with the weight decay kept apart from the gradient.

use super::adam::{AMSGRAD, BETAS, Moments};
use super::{Rule, epsilon, learning_rate, weight_decay};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::Tensor;
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
}

impl Described for Adamw {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adamw",
        aliases: &[],
        summary: "adam with weight decay kept apart from the gradient",
        details: "w = w (1 - lr weight_decay), then Adam's step. Loshchilov and Hutter, \"Decoupled weight decay regularization\", 2019.",
        arguments: &[learning_rate(1e-3), BETAS, epsilon(1e-8), weight_decay(0.01), AMSGRAD],
        example: "train net on digits epochs=1 optimizer=adamw(lr=0.001, weight_decay=0.05)",
    };
}

impl Rule for Adamw {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn slots(&self) -> Vec<&'static str> {
        self.moments(self.lr).slots()
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: u64,
        lr: f64,
    ) {
        self.moments(lr).update(value, gradient, slots, step, lr);
    }
}

impl Adamw {
    fn moments(&self, lr: f64) -> Moments {
        let Adamw { betas, eps, weight_decay, amsgrad, .. } = *self;
        Moments { betas, eps, amsgrad, coupled: 0.0, shrink: 1.0 - lr * weight_decay }
    }
}
