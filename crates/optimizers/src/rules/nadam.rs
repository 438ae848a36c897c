//! NAdam: Adam with Nesterov's momentum.

use super::Rule;
use super::moments::{Moments, MomentsOptions};
use super::shared::{self, Common, CommonOptions};
use crate::{OptimizerError, Step, fused::update};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Adam whose momentum looks ahead, as Nesterov's does.
///
/// As adam, with the momentum mu_t = b1 (1 - 0.96^(t momentum_decay) / 2) and the step w = w - lr ((1 - mu_t) / (1 -
/// mu_1...mu_t) g + mu_(t+1) / (1 - mu_1...mu_(t+1)) m) / (sqrt(v / (1 - b2^t)) + eps). Dozat, "Incorporating Nesterov
/// momentum into Adam", 2016.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=1 optimizer=nadam
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = shared::consistent)]
pub struct Nadam {
    /// Learning rate.
    #[spec(default = 2e-3, non_negative)]
    pub lr: f64,
    /// The means that steps are made of.
    #[spec(flatten = MomentsOptions)]
    pub moments: Moments,
    /// How fast the momentum rises to its full value.
    #[spec(default = 4e-3, non_negative)]
    pub momentum_decay: f64,
    /// Whether weight decay is decoupled from the gradient, as in adamw.
    #[spec(default = false)]
    pub decoupled_weight_decay: bool,
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rule for Nadam {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        vec![("mu_product", Shape::from([])), ("exp_avg", shape), ("exp_avg_sq", shape)]
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
        let mu = |count: f64| b1 * (1.0 - 0.5 * 0.96f64.powf(count * self.momentum_decay));
        let (now, next) = (mu(step.count as f64), mu((step.count + 1) as f64));
        let Some(([product], means)) = slots.split_first_chunk_mut() else {
            return Err(OptimizerError::State);
        };
        // In single precision, as PyTorch keeps it.
        let before = if step.count == 1 { 1.0 } else { product.sum() };
        let so_far = before * now as f32;
        product.data_mut().fill(so_far);
        let so_far = f64::from(so_far);
        let [of_gradient, of_mean, correction, eps] = [
            lr * (1.0 - now) / (1.0 - so_far),
            lr * next / (1.0 - so_far * next),
            step.correction(b2),
            self.moments.eps,
        ]
        .map(|x| x as f32);
        update::<3>(value, gradient, means, |g, [w, m, v]| {
            let g = moments.advance(g, w, m, v);
            let divisor = (*v / correction).sqrt() + eps;
            *w -= of_gradient * (g / divisor);
            *w -= of_mean * (*m / divisor);
        });
        Ok(())
    }
}
