//! Adam: momentum and adaptive steps together.

use super::shared::check_betas;
use super::{Common, CommonOptions, Rule, alike};
use crate::{Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Momentum and adaptive steps together: a good first choice.
///
/// m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps). Kingma
/// and Ba, "Adam: a method for stochastic optimization", 2015. Weight decay is added to the gradient; adamw keeps it
/// apart.
///
/// ```relume
/// train net on digits epochs=1 optimizer=adam(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::validate)]
pub struct Adam {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// How much of the mean, and of the mean of squares, is kept.
    #[spec(default = [0.9, 0.999], fraction)]
    pub betas: [f64; 2],
    /// Added to the divisor.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// Whether the largest mean of squares so far divides.
    #[spec(default = false)]
    pub amsgrad: bool,
    /// What all rules can do.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Adam {
    fn validate(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

/// How the means of gradients and of their squares go on, which Adam's kin share.
///
/// The mean moves by `entering` towards the gradient (PyTorch's `lerp`), the mean of squares keeps `kept` of itself.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    entering1: f32,
    kept2: f32,
    entering2: f32,
    /// Added to the gradient, times the weight.
    coupled: f32,
    /// The weight is multiplied with this first.
    shrink: f32,
}

impl Moments {
    /// Weight decay that is added to the gradient, or kept apart from it and multiplied with the learning rate.
    pub fn new([b1, b2]: [f64; 2], weight_decay: f64, decoupled: Option<f64>) -> Self {
        let (coupled, shrink) = match decoupled {
            Some(lr) => (0.0, 1.0 - lr * weight_decay),
            None => (weight_decay, 1.0),
        };
        let [entering1, kept2, entering2, coupled, shrink] =
            [1.0 - b1, b2, 1.0 - b2, coupled, shrink].map(|x| x as f32);
        Moments { entering1, kept2, entering2, coupled, shrink }
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

/// The slots of Adam and AdamW.
pub(super) fn slots(amsgrad: bool, shape: Shape) -> Vec<(&'static str, Shape)> {
    let mut slots = alike(["exp_avg", "exp_avg_sq"], shape);
    if amsgrad {
        slots.push(("max_exp_avg_sq", shape));
    }
    slots
}

/// The step of Adam and AdamW, which differ in where the weight decay goes.
pub(super) fn adam(
    (value, gradient, slots): (&mut Tensor, &Tensor, &mut [Tensor]),
    moments: Moments,
    step: &Step,
    (lr, [b1, b2], eps, amsgrad): (f64, [f64; 2], f64, bool),
) {
    let step_size = (lr / step.correction(b1)) as f32;
    let correction = step.correction(b2).sqrt() as f32;
    let eps = eps as f32;
    match amsgrad {
        false => update::<3>(value, gradient, slots, |g, [w, m, v]| {
            moments.advance(g, w, m, v);
            *w -= step_size * (*m / (v.sqrt() / correction + eps));
        }),
        true => update::<4>(value, gradient, slots, |g, [w, m, v, most]| {
            moments.advance(g, w, m, v);
            *most = if *v > *most { *v } else { *most };
            *w -= step_size * (*m / (most.sqrt() / correction + eps));
        }),
    }
}

impl Rule for Adam {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        slots(self.amsgrad, shape)
    }

    fn update(&self, value: &mut Tensor, gradient: &Tensor, slots: &mut [Tensor], step: &Step) {
        let betas = step.betas(self.betas);
        let moments = Moments::new(betas, self.weight_decay, None);
        let options = (step.lr(self.lr), betas, self.eps, self.amsgrad);
        adam((value, gradient, slots), moments, step, options);
    }
}
