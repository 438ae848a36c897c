//! Adadelta: steps of the size of recent steps, divided by the size of recent gradients.

use super::{Common, CommonOptions, Rule, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Steps of the size of recent steps, divided by that of recent gradients: needs no learning rate.
///
/// v = rho v + (1 - rho) g^2; d = sqrt(u + eps) / sqrt(v + eps) g; u = rho u + (1 - rho) d^2; w = w - lr d. Zeiler,
/// "ADADELTA: an adaptive learning rate method", 2012.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adadelta
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Adadelta {
    /// Learning rate.
    #[spec(default = 1.0, non_negative)]
    pub lr: f64,
    /// Decay rate of the means of squares.
    #[spec(default = 0.9, fraction)]
    pub rho: f64,
    /// Added to the divisor.
    #[spec(default = 1e-6, non_negative)]
    pub eps: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Adadelta {
    fn consistent(&self) -> Result<(), String> {
        self.common.check(self)
    }
}

impl Rule for Adadelta {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["square_avg", "acc_delta"], shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let [lr, rho, entering, eps, decay] =
            [step.lr(self.lr), self.rho, 1.0 - self.rho, self.eps, self.weight_decay]
                .map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, v, u]| {
            let g = g + decay * *w;
            *v = rho * *v + entering * (g * g);
            let delta = (*u + eps).sqrt() / (*v + eps).sqrt() * g;
            *u = rho * *u + entering * (delta * delta);
            *w -= lr * delta;
        });
        Ok(())
    }
}
