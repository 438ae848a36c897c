//! AMSGrad: Adam whose divisor never shrinks.

use super::adam::{Moments, adam, slots};
use super::shared::check_betas;
use super::{Common, CommonOptions, Rule};
use crate::Step;
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam whose divisor never shrinks: the same as adam(amsgrad=true).
///
/// As adam, with the largest v so far in the place of v. Reddi and others, "On the convergence of Adam and beyond",
/// 2018.
///
/// ```relume
/// train net on digits epochs=1 optimizer=amsgrad(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::validate)]
pub struct Amsgrad {
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
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// What all rules can do.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Amsgrad {
    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Amsgrad {
    fn learning_rate(&self) -> f64 {
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
