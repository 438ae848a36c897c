//! AdamW: Adam with decoupled weight decay.

use super::Rule;
use super::moments::{AdamStep, Divisor, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam with decoupled weight decay.
///
/// w = w (1 - lr weight_decay), then Adam's step. Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adamw(lr=0.001, weight_decay=0.05)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Adamw {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions, default(weight_decay = 0.01))]
    pub moments: Moments,
    /// Whether the largest mean of squares so far is the divisor.
    #[spec(default = false)]
    pub amsgrad: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Adamw {
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
        let adam = AdamStep::decoupled(&self.moments, step.lr(self.lr), step);
        adam.update(Divisor::of(self.amsgrad), value, gradient, slots);
        Ok(())
    }
}
