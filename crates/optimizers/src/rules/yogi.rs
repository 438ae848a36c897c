//! Yogi: Adam whose mean of squares follows large changes of the gradient slowly.

use super::Rule;
use super::moments::{self, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::fused::{sign, update};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam whose mean of squares grows and shrinks in steps of the squared gradient: for noisy or sparse gradients.
///
/// m = b1 m + (1 - b1) g; v = v - (1 - b2) sign(v - g^2) g^2; w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) +
/// eps). Zaheer and others, "Adaptive methods for nonconvex optimization", 2018, algorithm 2, with adam's correction
/// for the start of the means. Weight decay is added to the gradient.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=yogi(lr=0.01)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Yogi {
    /// Learning rate.
    #[spec(default = 0.01, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions, default(eps = 1e-3))]
    pub moments: Moments,
    /// Initial value of the mean of squares.
    #[spec(default = 1e-6, non_negative)]
    pub initial_accumulator_value: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Yogi {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        moments::slots(shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let Moments { betas, eps, weight_decay } = self.moments;
        let [b1, b2] = step.betas(betas);
        let start = if step.count == 1 { self.initial_accumulator_value } else { 0.0 };
        let size = step.lr(self.lr) / step.correction(b1);
        let [size, correction] = [size, step.correction(b2).sqrt()].map(|x| x as f32);
        let [entering1, entering2, start] = [1.0 - b1, 1.0 - b2, start].map(|x| x as f32);
        let [eps, decay] = [eps, weight_decay].map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, m, v]| {
            let g = g + decay * *w;
            let square = g * g;
            *m += entering1 * (g - *m);
            *v += start;
            *v -= entering2 * sign(*v - square) * square;
            *w -= size * (*m / (v.sqrt() / correction + eps));
        });
        Ok(())
    }
}
