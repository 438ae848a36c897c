//! The negative log-likelihood of classes, of logarithms of probabilities.

use crate::classes::{ClassTargets, ClassWeights, ClassWeightsOptions};
use crate::reduction::{Reduced, ReductionOptions};
use crate::whole::Whole;
use crate::{Expects, Loss, LossSpec, Targets};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::Tensor;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The negative log-likelihood of classes: for a network that ends in log_softmax.
///
/// L = -w_class x_class for logarithms of probabilities `[batch, classes]` (or `[batch, classes, ...]`) and class
/// indices `[batch]` (or `[batch, ...]`). The mean divides by the samples' weights. With log_softmax before it, it is
/// cross_entropy.
///
/// ```relume
/// nll(log_softmax([[2, -1, 0]]), [0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Nll {
    /// What classes weigh.
    #[spec(flatten = ClassWeightsOptions)]
    pub classes: ClassWeights,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

const NAME: &str = "nll";

#[derive(Debug)]
struct NllOp(ClassTargets);

impl Op for NllOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 1
    }

    /// Saves the sum of the samples' weights.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (input, targets) = (inputs[0], Whole::of(NAME, inputs, 1)?);
        let rows = self.0.rows(input)?;
        if targets.shape() != rows.losses {
            return self.0.error(format!(
                "targets of shape {} do not go with predictions of {}: give class indices {:?}",
                targets.shape(),
                input.shape(),
                &*rows.losses
            ));
        }
        let mut losses = Tensor::uninit(rows.losses);
        let mut total = 0.0;
        let values = rows.values.data().chunks_exact(rows.classes);
        for (row, (loss, x)) in losses.data_mut().iter_mut().zip(values).enumerate() {
            *loss = match self.0.class(&rows, row, targets)? {
                Some(class) => {
                    total += self.0.weight_of(class);
                    -self.0.weight_of(class) * x[class]
                }
                None => 0.0,
            };
        }
        saved.push(Tensor::scalar(total));
        Ok(self.0.reduction.apply(losses, total))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        if pass.wants(1) {
            return self.0.no_gradient();
        }
        let total = pass.saved[0].data()[0];
        let rows = self.0.rows(pass.inputs[0])?;
        let mut out = Tensor::zeros(rows.values.shape());
        let targets = Whole::of(NAME, pass.inputs, 1)?;
        for (row, out) in out.data_mut().chunks_exact_mut(rows.classes).enumerate() {
            if let Some(class) = self.0.class(&rows, row, targets)? {
                let g = self.0.reduction.gradient(&pass.gradient, total, row);
                out[class] = -self.0.weight_of(class) * g;
            }
        }
        pass.give(0, rows.back(&out)?);
        Ok(())
    }
}

impl Loss for Nll {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(NllOp(ClassTargets::new(NAME, &self.classes, self.reduced.reduction))).into()
        })
    }

    fn for_samples(&self, samples: &[usize]) -> Option<LossSpec> {
        let classes = self.classes.balanced(samples)?;
        Some(Nll { classes, ..self.clone() }.into())
    }

    fn expects(&self) -> Expects {
        Expects::LogProbabilities
    }

    fn targets(&self) -> Targets {
        Targets::Classes
    }
}
