//! Adamax: Adam with the largest recent gradient in place of the mean of squares.

use super::moments::{Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use super::{Rule, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam with the largest recent gradient as the divisor.
///
/// m = b1 m + (1 - b1) g; u = max(b2 u, |g| + eps); w = w - lr / (1 - b1^t) m / u. Kingma and Ba, "Adam: a method for
/// stochastic optimization", 2015, section 7.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=adamax
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Adamax {
    /// Learning rate.
    #[spec(default = 2e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions)]
    pub moments: Moments,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Adamax {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["exp_avg", "exp_inf"], shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let [b1, b2] = step.betas(self.moments.betas);
        let Moments { eps, weight_decay, .. } = self.moments;
        let [step_size, entering, kept, eps, decay] =
            [step.lr(self.lr) / step.correction(b1), 1.0 - b1, b2, eps, weight_decay]
                .map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, m, u]| {
            let g = g + decay * *w;
            *m += entering * (g - *m);
            let (before, now) = (kept * *u, g.abs() + eps);
            *u = if before > now { before } else { now };
            *w -= step_size * (*m / *u);
        });
        Ok(())
    }
}
