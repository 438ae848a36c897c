//! Rprop: steps by the signs of gradients alone.

use super::{Common, CommonOptions, Rule, alike};
use crate::fused::{sign, update};
use crate::{OptimizerError, Step};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor};

/// Each weight has a step size of its own, which shrinks when the gradient's sign changes and grows when it stays: for
/// a whole data set in one batch.
///
/// If g and the previous gradient have the same sign, s = s `etas[1]`; if not, s = s `etas[0]` and the step is skipped.
/// s stays within step_sizes; w = w - sign(g) s. Riedmiller and Braun, "A direct adaptive method for faster
/// backpropagation learning", 1993. A schedule has no effect after the first step.
///
/// ```relume
/// net = dense(10)
/// train net on digits epochs=3 batch=1437 optimizer=rprop(lr=0.001)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(optimizer, check = Self::consistent)]
pub struct Rprop {
    /// Learning rate.
    #[spec(default = 0.01, non_negative)]
    pub lr: f64,
    /// Factors of the step size when the sign changes, and when it stays.
    #[spec(default = [0.5, 1.2], positive)]
    pub etas: [f64; 2],
    /// The smallest and the largest step size.
    #[spec(default = [1e-6, 50.0], non_negative)]
    pub step_sizes: [f64; 2],
    /// Options of all optimizers.
    #[spec(flatten = CommonOptions)]
    pub common: Common,
}

impl Rprop {
    fn consistent(&self) -> Result<(), String> {
        if !(self.etas[0] < 1.0 && self.etas[1] > 1.0) {
            return Err("the first of etas must be below 1, the second above 1".to_string());
        }
        if self.step_sizes[0] > self.step_sizes[1] {
            return Err("the first of step_sizes must not be above the second".to_string());
        }
        self.common.check(self)
    }
}

impl Rule for Rprop {
    fn learning_rate(&self) -> f64 {
        self.lr
    }

    fn common(&self) -> &Common {
        &self.common
    }

    fn slots(&self, shape: Shape) -> Vec<(&'static str, Shape)> {
        alike(["prev", "step_size"], shape)
    }

    fn update(
        &self,
        value: &mut Tensor,
        gradient: &Tensor,
        slots: &mut [Tensor],
        step: &Step,
    ) -> Result<(), OptimizerError> {
        let first = step.count == 1;
        let [lr, shrink, grow, least, most] =
            [step.lr(self.lr), self.etas[0], self.etas[1], self.step_sizes[0], self.step_sizes[1]]
                .map(|x| x as f32);
        update::<3>(value, gradient, slots, |g, [w, before, size]| {
            let start = if first { lr } else { *size };
            let agreement = g * *before;
            let factor = if agreement > 0.0 { grow } else { 1.0 };
            let factor = if agreement < 0.0 { shrink } else { factor };
            let wanted = start * factor;
            let wanted = if wanted < least { least } else { wanted };
            *size = if wanted > most { most } else { wanted };
            let g = if agreement < 0.0 { 0.0 } else { g };
            *w -= sign(g) * *size;
            *before = g;
        });
        Ok(())
    }
}
