//! AMSGrad: Adam whose divisor never shrinks.

use super::Rule;
use super::moments::{AdamStep, Divisor, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam whose divisor never shrinks: the same as adam(amsgrad=true).
///
/// As adam, with the largest v so far in the place of v. Reddi and others, "On the convergence of Adam and beyond",
/// 2018.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=amsgrad(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Amsgrad {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions)]
    pub moments: Moments,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Amsgrad {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        Divisor::LargestMean.slots(shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let adam = AdamStep::new(&self.moments, step.lr(self.lr), step);
        adam.update(Divisor::LargestMean, value, gradient, slots);
        Ok(())
    }
}
