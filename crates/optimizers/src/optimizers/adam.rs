//! Adam: momentum and adaptive steps together.

use super::{Rule, epsilon, learning_rate, weight_decay};
use crate::fused::update;
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Adam.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adam {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean, and of the mean of squares, is kept.
    pub betas: [f64; 2],
    /// Added to the divisor.
    pub eps: f64,
    /// How strongly weights are pulled towards 0.
    pub weight_decay: f64,
    /// Whether the largest mean of squares so far divides.
    pub amsgrad: bool,
}

pub(super) const BETAS: Argument = Argument::new(
    "betas",
    Type::List(&Type::FRACTION),
    "how much of the mean, and of the mean of squares, is kept",
)
.or_numbers(&[0.9, 0.999]);

pub(super) const AMSGRAD: Argument =
    Argument::new("amsgrad", Type::Boolean, "whether the largest mean of squares so far divides")
        .or_boolean(false);

impl Described for Adam {
    const ENTRY: Entry = Entry {
        kind: Kind::Optimizer,
        name: "adam",
        aliases: &[],
        summary: "momentum and adaptive steps together: a good first choice",
        details: "m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps). Kingma and Ba, \"Adam: a method for stochastic optimization\", 2015. Weight decay is added to the gradient; adamw keeps it apart.",
        arguments: &[learning_rate(1e-3), BETAS, epsilon(1e-8), weight_decay(0.0), AMSGRAD],
        example: "train net on digits epochs=1 optimizer=adam(lr=0.001)",
    };
}

/// What Adam and AdamW share: everything but where the weight decay goes.
pub(super) struct Moments {
    pub betas: [f64; 2],
    pub eps: f64,
    pub amsgrad: bool,
    /// Added to the gradient, times the weight.
    pub coupled: f64,
    /// The weight is multiplied with this first.
    pub shrink: f64,
}

impl Moments {
    pub fn slots(&self) -> Vec<&'static str> {
        match self.amsgrad {
            true => vec!["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
            false => vec!["exp_avg", "exp_avg_sq"],
        }
    }

    pub fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: u64,
        lr: f64,
    ) {
        let [b1, b2] = self.betas;
        let step = i32::try_from(step).unwrap_or(i32::MAX);
        let step_size = (lr / (1.0 - b1.powi(step))) as f32;
        let correction = (1.0 - b2.powi(step)).sqrt() as f32;
        let [entering1, kept2, entering2, eps, coupled, shrink] =
            [1.0 - b1, b2, 1.0 - b2, self.eps, self.coupled, self.shrink].map(|x| x as f32);
        let moments = |g: f32, w: &mut f32, m: &mut f32, v: &mut f32| {
            *w *= shrink;
            let g = g + coupled * *w;
            *m += entering1 * (g - *m);
            *v = kept2 * *v + entering2 * (g * g);
        };
        match self.amsgrad {
            false => update::<3>(value, gradient, slots, |g, [w, m, v]| {
                moments(g, w, m, v);
                *w -= step_size * (*m / (v.sqrt() / correction + eps));
            }),
            true => update::<4>(value, gradient, slots, |g, [w, m, v, most]| {
                moments(g, w, m, v);
                *most = if *v > *most { *v } else { *most };
                *w -= step_size * (*m / (most.sqrt() / correction + eps));
            }),
        }
    }
}

impl Adam {
    fn moments(&self) -> Moments {
        let Adam { betas, eps, weight_decay, amsgrad, .. } = *self;
        Moments { betas, eps, amsgrad, coupled: weight_decay, shrink: 1.0 }
    }
}

impl Rule for Adam {
    fn lr(&self) -> f64 {
        self.lr
    }

    fn slots(&self) -> Vec<&'static str> {
        self.moments().slots()
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: u64,
        lr: f64,
    ) {
        self.moments().update(value, gradient, slots, step, lr);
    }
}
