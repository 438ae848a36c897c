//! RMSprop: steps divided by the size of recent gradients.

use super::{Common, CommonOptions, Rule, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Divides steps by the root mean square of recent gradients.
///
/// v = alpha v + (1 - alpha) g^2; w = w - lr g / (sqrt(v) + eps). If centered, the square of the mean gradient is
/// subtracted from v. Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=rmsprop(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Rmsprop {
    /// Learning rate.
    #[spec(default = 0.01, non_negative)]
    pub lr: f64,
    /// Decay rate of the mean of squares.
    #[spec(default = 0.99, fraction)]
    pub alpha: f64,
    /// Added to the divisor.
    #[spec(default = 1e-8, non_negative)]
    pub eps: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// The momentum.
    #[spec(default = 0.0, non_negative)]
    pub momentum: f64,
    /// Whether the square of the mean gradient is subtracted from the mean of squares.
    #[spec(default = false)]
    pub centered: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rmsprop {
    fn consistent(&self) -> Result<(), String> {
        self.common.check(self)
    }
}

impl Rule for Rmsprop {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        let mut slots = alike(["square_avg"], shape);
        if self.momentum > 0.0 {
            slots.push(("momentum_buffer", shape));
        }
        if self.centered {
            slots.push(("grad_avg", shape));
        }
        slots
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let momentum = step.momentum(self.momentum);
        let [lr, alpha, entering, eps, decay, momentum] =
            [step.lr(self.lr), self.alpha, 1.0 - self.alpha, self.eps, self.weight_decay, momentum]
                .map(|x| x as f32);
        let square = |v: &mut f32, g: f32| *v = alpha * *v + entering * (g * g);
        let centre = |v: f32, m: &mut f32, g: f32| {
            *m += entering * (g - *m);
            v - *m * *m
        };
        match (self.momentum > 0.0, self.centered) {
            (false, false) => update::<2>(value, gradient, slots, |g, [w, v]| {
                let g = g + decay * *w;
                square(v, g);
                *w -= lr * (g / (v.sqrt() + eps));
            }),
            (false, true) => update::<3>(value, gradient, slots, |g, [w, v, m]| {
                let g = g + decay * *w;
                square(v, g);
                *w -= lr * (g / (centre(*v, m, g).sqrt() + eps));
            }),
            (true, false) => update::<3>(value, gradient, slots, |g, [w, v, b]| {
                let g = g + decay * *w;
                square(v, g);
                *b = momentum * *b + g / (v.sqrt() + eps);
                *w -= lr * *b;
            }),
            (true, true) => update::<4>(value, gradient, slots, |g, [w, v, b, m]| {
                let g = g + decay * *w;
                square(v, g);
                *b = momentum * *b + g / (centre(*v, m, g).sqrt() + eps);
                *w -= lr * *b;
            }),
        }
        Ok(())
    }
}
