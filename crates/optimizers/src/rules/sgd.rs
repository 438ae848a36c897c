//! Stochastic gradient descent, with momentum.

use super::{Common, CommonOptions, Rule, alike};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Stochastic gradient descent, with optional momentum.
///
/// b = momentum b + (1 - dampening) g (b = g at first); w = w - lr b, or w - lr (g + momentum b) with Nesterov's
/// momentum. Sutskever and others, "On the importance of initialization and momentum in deep learning", 2013.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=sgd(lr=0.1, momentum=0.9)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Sgd {
    /// Learning rate.
    #[spec(default = 1e-3, non_negative)]
    pub lr: f64,
    /// The momentum.
    #[spec(default = 0.0, non_negative)]
    pub momentum: f64,
    /// How much of a new gradient is left out of the momentum.
    #[spec(default = 0.0)]
    pub dampening: f64,
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// Whether it is Nesterov's momentum.
    #[spec(default = false)]
    pub nesterov: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Sgd {
    fn consistent(&self) -> Result<(), String> {
        match self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            true => Err("Nesterov's momentum needs a momentum and no dampening".to_string()),
            false => self.common.check(self),
        }
    }
}

impl Rule for Sgd {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        match self.momentum > 0.0 {
            true => alike(["momentum_buffer"], shape),
            false => Vec::new(),
        }
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let [lr, decay, momentum] =
            [step.lr(self.lr), self.weight_decay, step.momentum(self.momentum)].map(|x| x as f32);
        if self.momentum == 0.0 {
            update::<1>(value, gradient, slots, |g, [w]| *w -= lr * (g + decay * *w));
            return Ok(());
        }
        let entering = if step.count == 1 { 1.0 } else { 1.0 - self.dampening } as f32;
        match self.nesterov {
            false => update::<2>(value, gradient, slots, |g, [w, b]| {
                *b = momentum * *b + entering * (g + decay * *w);
                *w -= lr * *b;
            }),
            true => update::<2>(value, gradient, slots, |g, [w, b]| {
                let g = g + decay * *w;
                *b = momentum * *b + entering * g;
                *w -= lr * (g + momentum * *b);
            }),
        }
        Ok(())
    }
}
