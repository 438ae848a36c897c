//! Adagrad: steps divided by the size of all gradients so far.

use super::{Common, CommonOptions, Rule, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Divides steps by the root of the sum of all squared gradients: for rare features.
///
/// s = s + g^2; w = w - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps). Duchi and others, "Adaptive subgradient
/// methods for online learning and stochastic optimization", 2011.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adagrad(lr=0.01)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Adagrad {
    /// Learning rate.
    #[spec(default = 0.01, non_negative)]
    pub lr: f64,
    /// How fast the rate falls with the updates.
    #[spec(default = 0.0, non_negative)]
    pub lr_decay: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// Initial value of the sum of squares.
    #[spec(default = 0.0, non_negative)]
    pub initial_accumulator_value: f64,
    /// Added to the divisor.
    #[spec(default = 1e-10, non_negative)]
    pub eps: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Adagrad {
    fn consistent(&self) -> Result<(), String> {
        self.common.check(self)
    }
}

impl Rule for Adagrad {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["sum"], shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let lr = step.lr(self.lr) / (1.0 + (step.count - 1) as f64 * self.lr_decay);
        let start = if step.count == 1 { self.initial_accumulator_value } else { 0.0 };
        let [lr, start, eps, decay] = [lr, start, self.eps, self.weight_decay].map(|x| x as f32);
        update::<2>(value, gradient, slots, |g, [w, sum]| {
            let g = g + decay * *w;
            *sum = (*sum + start) + g * g;
            *w -= lr * (g / (sum.sqrt() + eps));
        });
        Ok(())
    }
}
