//! Adam: momentum and adaptive steps.

use super::Rule;
use super::moments::{AdamStep, Divisor, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Momentum and adaptive steps: a good first choice.
///
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps). Kingma
/// and Ba, "Adam: a method for stochastic optimization", 2015. Weight decay is added to the gradient; adamw decouples
/// it.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adam(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Adam {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions)]
    pub moments: Moments,
    /// Whether the largest mean of squares so far is the divisor.
    #[spec(default = false)]
    pub amsgrad: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Adam {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        Divisor::of(self.amsgrad).slots(shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let adam = AdamStep::new(&self.moments, step.lr(self.lr), step);
        adam.update(Divisor::of(self.amsgrad), value, gradient, slots);
        Ok(())
    }
}
