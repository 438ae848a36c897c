//! RAdam: Adam that starts without its divisor.

use super::Rule;
use super::moments::{self, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam without its divisor until that is reliable: needs no warm-up.
///
/// With r = 2 / (1 - b2) - 1 and r_t = r - 2 t b2^t / (1 - b2^t): if r_t is above 5, adam's step times sqrt((r_t - 4)
/// (r_t - 2) r / ((r - 4) (r - 2) r_t)), otherwise w = w - lr m / (1 - b1^t). Liu and others, "On the variance of the
/// adaptive learning rate and beyond", 2020.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=radam
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Radam {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions)]
    pub moments: Moments,
    /// Whether weight decay is decoupled from the gradient, as in adamw.
    #[spec(default = false)]
    pub decoupled_weight_decay: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Radam {
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
        let (lr, [b1, b2]) = (step.lr(self.lr), step.betas(self.moments.betas));
        let moments = self.moments.update(step, self.decoupled_weight_decay.then_some(lr));
        let step_size = lr / step.correction(b1);
        let correction = step.correction(b2);
        // The effective number of gradients in the mean of squares, in the limit and now.
        let whole = 2.0 / (1.0 - b2) - 1.0;
        let now = whole - 2.0 * step.count as f64 * (1.0 - correction) / correction;
        if now <= 5.0 {
            let step_size = step_size as f32;
            update::<3>(value, gradient, slots, |g, [w, m, v]| {
                moments.advance(g, w, m, v);
                *w -= step_size * *m;
            });
            return Ok(());
        }
        let rectified = (now - 4.0) * (now - 2.0) * whole / ((whole - 4.0) * (whole - 2.0) * now);
        let [step_size, eps] =
            [step_size * rectified.sqrt() * correction.sqrt(), self.moments.eps].map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, m, v]| {
            moments.advance(g, w, m, v);
            *w -= step_size * (*m / (v.sqrt() + eps));
        });
        Ok(())
    }
}
