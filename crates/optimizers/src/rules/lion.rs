//! Lion: steps of a fixed size, by the sign of the momentum.

use super::shared::check_betas;
use super::{Common, CommonOptions, Rule, alike};
use crate::fused::{sign, update};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Steps of a fixed size by the sign of the momentum: half of adam's memory; needs a learning rate 3 to 10 times
/// smaller, and as much more weight decay.
///
/// w = w (1 - lr weight_decay) - lr sign(b1 m + (1 - b1) g), then m = b2 m + (1 - b2) g. Chen and others, "Symbolic
/// discovery of optimization algorithms", 2023.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=lion(lr=0.0003, weight_decay=0.1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Lion {
    /// Learning rate.
    #[spec(default = 1e-4, non_negative)]
    pub lr: f64,
    /// Decay rates: of the mean in the step, and of the mean that is kept.
    #[spec(default = [0.9, 0.99], fraction)]
    pub betas: [f64; 2],
    /// Strength of the weight decay.
    #[spec(default = 0.0, non_negative)]
    pub weight_decay: f64,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Lion {
    fn consistent(&self) -> Result<(), String> {
        check_betas(&self.betas)?;
        self.common.check(self)
    }
}

impl Rule for Lion {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["exp_avg"], shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let (lr, [b1, b2]) = (step.lr(self.lr), step.betas(self.betas));
        let [lr, shrink, kept, entering, kept2, entering2] =
            [lr, 1.0 - lr * self.weight_decay, b1, 1.0 - b1, b2, 1.0 - b2].map(|x| x as f32);
        update::<2>(value, gradient, slots, |g, [w, m]| {
            *w = *w * shrink - lr * sign(kept * *m + entering * g);
            *m = kept2 * *m + entering2 * g;
        });
        Ok(())
    }
}
