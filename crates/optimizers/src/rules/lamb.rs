//! LAMB: Adam's step scaled to the norm of the parameter.

use super::Rule;
use super::moments::{self, MomentUpdate, Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam's step scaled to the norm of each parameter: for very large batches.
///
/// With adam's m and v, corrected for their start: r = m / (sqrt(v) + eps) + weight_decay w; w = w - lr |w| / |r| r (lr
/// r if one of the norms is 0). You and others, "Large batch optimization for deep learning: training BERT in 76
/// minutes", 2020, algorithm 2 with the norm itself as its scaling function.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=lamb(lr=0.01)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Lamb {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions, default(eps = 1e-6, weight_decay = 0.01))]
    pub moments: Moments,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Lamb {
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
        let [b1, b2] = step.betas(self.moments.betas);
        let Moments { eps, weight_decay, .. } = self.moments;
        // The decay is a part of the direction, not of the gradient.
        let moments = MomentUpdate::new([b1, b2], 0.0, None);
        let [correction1, correction2, eps, decay] =
            [step.correction(b1), step.correction(b2).sqrt(), eps, weight_decay].map(|x| x as f32);
        let mut direction = Tensor::uninit(value.shape());
        let means = slots.iter_mut().chain([&mut direction]);
        update::<4>(value, gradient, means, |g, [w, m, v, r]| {
            moments.advance(g, w, m, v);
            *r = *m / correction1 / (v.sqrt() / correction2 + eps) + decay * *w;
        });
        let (size, length) = (value.norm(), direction.norm());
        let trust = if size > 0.0 && length > 0.0 { size / length } else { 1.0 };
        let step_size = step.lr(self.lr) as f32 * trust;
        update::<1>(value, &direction, [], |r, [w]| *w -= step_size * r);
        Ok(())
    }
}
