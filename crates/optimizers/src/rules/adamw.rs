//! AdamW: Adam with the weight decay kept apart from the gradient.

use super::adam::{Moments, adam, slots};
use super::shared::check_betas;
use super::{Common, CommonOptions, Rule};
use crate::Step;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam with weight decay kept apart from the gradient.
///
/// w = w (1 - lr weight_decay), then Adam's step. Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
///
/// ```relume
/// train net on digits epochs=1 optimizer=adamw(lr=0.001, weight_decay=0.05)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::validate)]
pub struct Adamw {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// How much of the mean, and of the mean of squares, is kept.
    #[spec(default = [0.9, 0.999], fraction)]
    pub betas: [f64; 2],
    /// Added to the divisor.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    #[spec(default = 0.01, non_negative)]
    pub weight_decay: f64,
    /// Whether the largest mean of squares so far divides.
    #[spec(default = false)]
    pub amsgrad: bool,
    /// What all rules can do.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Adamw {
    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Adamw {
    fn learning_rate(&self) -> f64 {
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
