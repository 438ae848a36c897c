//! The means of gradients and of their squares, which Adam and its variants share: their options, and a step with them.

use super::alike;
use super::shared::check_betas;
use crate::{Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// The means that steps are made of, and the weight decay beside them.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = MomentsOptions, check = Self::betas_below_one)]
pub struct Moments {
    /// Decay rates of the mean of gradients and of the mean of their squares.
    #[spec(default = [0.9, 0.999], fraction)]
    pub betas: [f64; 2],
    /// Added to the divisor.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
}

impl Moments {
    fn betas_below_one(&self) -> Result<(), String> {
        check_betas(&self.betas)
    }

    /// How a step moves the means. Weight decay is added to the gradient; with a learning rate, it is kept apart from
    /// it and multiplied with the rate.
    pub(super) fn update(&self, step: &Step, decoupled: Option<f64>) -> MomentUpdate {
        MomentUpdate::new(step.betas(self.betas), self.weight_decay, decoupled)
    }
}

/// How the means of gradients and of their squares go on.
///
/// The mean moves by `entering1` towards the gradient (PyTorch's `lerp`), the mean of squares keeps `kept2` of itself.
#[derive(Clone, Copy)]
pub(super) struct MomentUpdate {
    entering1: f32,
    kept2: f32,
    entering2: f32,
    /// Added to the gradient, times the weight.
    coupled: f32,
    /// The weight is multiplied with this first.
    shrink: f32,
}

impl MomentUpdate {
    /// Weight decay that is added to the gradient, or kept apart from it and multiplied with the learning rate.
    pub fn new([b1, b2]: [f64; 2], weight_decay: f64, decoupled: Option<f64>) -> Self {
        let (coupled, shrink) = match decoupled {
            Some(lr) => (0.0, 1.0 - lr * weight_decay),
            None => (weight_decay, 1.0),
        };
        let [entering1, kept2, entering2, coupled, shrink] =
            [1.0 - b1, b2, 1.0 - b2, coupled, shrink].map(|x| x as f32);
        MomentUpdate { entering1, kept2, entering2, coupled, shrink }
    }

    /// Decays the weight and moves the means; returns the gradient with the weight decay in it.
    #[inline(always)]
    pub fn advance(&self, g: f32, w: &mut f32, m: &mut f32, v: &mut f32) -> f32 {
        *w *= self.shrink;
        let g = g + self.coupled * *w;
        *m += self.entering1 * (g - *m);
        *v = self.kept2 * *v + self.entering2 * (g * g);
        g
    }
}

/// The slots of the two means.
pub(super) fn slots(shape: Shape) -> Vec<(&'static str, Shape)> {
    alike(["exp_avg", "exp_avg_sq"], shape)
}

/// What divides a step of Adam, AdamW and AMSGrad.
#[derive(Clone, Copy)]
pub(super) enum Divisor {
    /// The mean of squares.
    Mean,
    /// The largest mean of squares so far.
    LargestMean,
}

impl Divisor {
    /// That of Adam or AdamW, with the option `amsgrad` or without.
    pub fn of(amsgrad: bool) -> Self {
        if amsgrad { Divisor::LargestMean } else { Divisor::Mean }
    }

    /// The slots of the two means, and of the largest mean of squares so far if it divides.
    pub fn slots(self, shape: Shape) -> Vec<(&'static str, Shape)> {
        match self {
            Divisor::Mean => slots(shape),
            Divisor::LargestMean => alike(["exp_avg", "exp_avg_sq", "max_exp_avg_sq"], shape),
        }
    }
}

/// A step of Adam, AdamW and AMSGrad, which differ in where the weight decay goes and in what divides.
pub(super) struct AdamStep {
    moments: MomentUpdate,
    step_size: f32,
    correction: f32,
    eps: f32,
}

impl AdamStep {
    /// With weight decay added to the gradient.
    pub fn new(options: &Moments, lr: f64, step: &Step) -> Self {
        Self::of(options.update(step, None), options, lr, step)
    }

    /// With weight decay kept apart from the gradient.
    pub fn decoupled(options: &Moments, lr: f64, step: &Step) -> Self {
        Self::of(options.update(step, Some(lr)), options, lr, step)
    }

    fn of(moments: MomentUpdate, options: &Moments, lr: f64, step: &Step) -> Self {
        let [b1, b2] = step.betas(options.betas);
        AdamStep {
            moments,
            step_size: (lr / step.correction(b1)) as f32,
            correction: step.correction(b2).sqrt() as f32,
            eps: options.eps as f32,
        }
    }

    /// Updates a parameter, whose slots are those of the divisor.
    pub fn update(
        self,
        divisor: Divisor,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
    ) {
        match divisor {
            Divisor::Mean => self.adam(value, gradient, slots),
            Divisor::LargestMean => self.amsgrad(value, gradient, slots),
        }
    }

    /// Updates a parameter by the mean of squares.
    fn adam(self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor]) {
        let AdamStep { moments, step_size, correction, eps } = self;
        update::<3>(value, gradient, slots, |g, [w, m, v]| {
            moments.advance(g, w, m, v);
            *w -= step_size * (*m / (v.sqrt() / correction + eps));
        });
    }

    /// Updates a parameter by the largest mean of squares so far.
    fn amsgrad(self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor]) {
        let AdamStep { moments, step_size, correction, eps } = self;
        update::<4>(value, gradient, slots, |g, [w, m, v, most]| {
            moments.advance(g, w, m, v);
            *most = if *v > *most { *v } else { *most };
            *w -= step_size * (*m / (most.sqrt() / correction + eps));
        });
    }
}
