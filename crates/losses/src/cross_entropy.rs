//! Cross-entropy of logits, the softmax built in.

use crate::classes::{ClassTargets, ClassWeights, ClassWeightsOptions, Rows};
use crate::reduction::{Reduced, ReductionOptions};
use crate::rows;
use crate::whole::Whole;
use crate::{Expects, Loss, Targets};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::threads::{Pieces, for_pieces, for_pieces2, rows_per_piece};
use relume_tensor::{Tensor, simd};
use std::sync::Arc;

/// Cross-entropy with the softmax built in: for classes.
///
/// L = ln sum_j e^x_j - x_class for logits `[batch, classes]` (or `[batch, classes, ...]`); dL/dx = softmax(x) -
/// target. Targets are class indices `[batch]` (or `[batch, ...]`), or probabilities of the logits' shape. With class
/// weights the mean divides by the samples' weights. No softmax before it.
///
/// ```relume
/// cross_entropy([[2, -1, 0]], [0])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct CrossEntropy {
    /// What classes weigh.
    #[spec(flatten = ClassWeightsOptions)]
    pub classes: ClassWeights,
    /// Share of the target that is spread over all classes.
    #[spec(default = 0.0, fraction)]
    pub label_smoothing: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

impl Loss for CrossEntropy {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let classes = ClassTargets::new(NAME, &self.classes, self.reduced.reduction);
            Arc::new(CrossEntropyOp { classes, smoothing: self.label_smoothing as f32 }).into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Logits
    }

    fn targets(&self) -> Targets {
        Targets::Classes
    }
}

#[derive(Debug)]
struct CrossEntropyOp {
    classes: ClassTargets,
    smoothing: f32,
}

const NAME: &str = "cross_entropy";
/// What a number of a row costs, for cutting rows into pieces.
const COST: usize = 16;

impl CrossEntropyOp {
    /// Writes what the targets ask for, class by class and weighted, and returns the sum of the samples' weights.
    fn targets(
        &self,
        rows: &Rows,
        target: Whole<'_>,
        logits: &Tensor,
    ) -> Result<(Tensor, f32), AutogradError> {
        let classes = rows.classes;
        let spread = self.smoothing / classes as f32;
        if target.shape() == rows.losses {
            let mut wanted = Tensor::zeros(rows.values.shape());
            let mut total = 0.0;
            for (row, wanted) in wanted.data_mut().chunks_exact_mut(classes).enumerate() {
                let Some(class) = self.classes.class(rows, row, target)? else { continue };
                for (c, slot) in wanted.iter_mut().enumerate() {
                    let hot = if c == class { 1.0 - self.smoothing } else { 0.0 };
                    *slot = (hot + spread) * self.classes.weight_of(c);
                }
                total += self.classes.weight_of(class);
            }
            return Ok((wanted, total));
        }
        let Some(target) = target.numbers().filter(|target| target.shape() == logits.shape())
        else {
            return self.classes.error(format!(
                "targets of shape {} do not go with logits of {}: give class indices {:?} or probabilities",
                target.shape(),
                logits.shape(),
                &*rows.losses
            ));
        };
        let mut wanted = rows.like(target)?;
        for row in wanted.data_mut().chunks_exact_mut(classes) {
            for (c, p) in row.iter_mut().enumerate() {
                *p = (*p * (1.0 - self.smoothing) + spread) * self.classes.weight_of(c);
            }
        }
        // As in PyTorch, probabilities are averaged over samples, whatever the weights.
        Ok((wanted, rows.losses.count() as f32))
    }
}

impl Op for CrossEntropyOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn takes_indices(&self) -> bool {
        true
    }

    /// Saves the logarithms of the probabilities, the wanted shares, and the sum of the weights.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (logits, target) = (inputs[0], Whole::of(NAME, inputs, 1)?);
        let rows = self.classes.rows(logits)?;
        let (wanted, total) = self.targets(&rows, target, logits)?;
        let classes = rows.classes;
        let mut logs = Tensor::uninit(rows.values.shape());
        let mut losses = Tensor::uninit(rows.losses);
        let piece = rows_per_piece(classes, COST);
        for_pieces2(
            Pieces::new(logs.data_mut(), piece * classes),
            Pieces::new(losses.data_mut(), piece),
            |i, logs, losses| {
                let from = i * piece * classes;
                let x = rows.values.data()[from..].chunks_exact(classes);
                let wanted = wanted.data()[from..].chunks_exact(classes);
                let each = logs.chunks_exact_mut(classes).zip(x).zip(wanted).zip(losses);
                each.for_each(|(((logs, x), wanted), loss)| *loss = row_loss(x, wanted, logs));
            },
        );
        saved.push(logs);
        saved.push(wanted);
        saved.push(Tensor::scalar(total));
        Ok(self.classes.reduction.apply(losses, total))
    }

    /// dx = (softmax(x) sum(wanted) - wanted) g; for probabilities, dt = -(1 - smoothing) weight ln softmax(x) g.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [logs, wanted, total] = [0, 1, 2].map(|i| &pass.saved[i]);
        let total = total.data()[0];
        let rows = self.classes.rows(pass.inputs[0])?;
        let classes = rows.classes;
        let piece = rows_per_piece(classes, COST);
        let reduction = self.classes.reduction;
        if pass.wants(1) {
            if pass.inputs[1].shape() != pass.inputs[0].shape() {
                return self.classes.no_gradient();
            }
            let mut out = logs.clone();
            for (row, out) in out.data_mut().chunks_exact_mut(classes).enumerate() {
                let g = reduction.gradient(&pass.gradient, total, row);
                for (c, out) in out.iter_mut().enumerate() {
                    *out *= (self.smoothing - 1.0) * self.classes.weight_of(c) * g;
                }
            }
            pass.give(1, rows.back(&out)?);
        }
        if pass.wants(0) {
            let mut out = Tensor::uninit(logs.shape());
            let gradient = &pass.gradient;
            for_pieces(out.data_mut(), piece * classes, |i, out| {
                let from = i * piece * classes;
                let logs = logs.data()[from..].chunks_exact(classes);
                let wanted = wanted.data()[from..].chunks_exact(classes);
                let each = out.chunks_exact_mut(classes).zip(logs).zip(wanted);
                for (row, ((out, logs), wanted)) in each.enumerate() {
                    let sum = simd::sum(wanted);
                    // Where every sample is ignored the mean is 0 / 0, but still nothing is to be learnt.
                    if sum == 0.0 {
                        out.fill(0.0);
                        continue;
                    }
                    let g = reduction.gradient(gradient, total, i * piece + row);
                    simd::map2(logs, wanted, out, |log, wanted| {
                        (simd::exp(log) * sum - wanted) * g
                    });
                }
            });
            pass.give(0, rows.back(&out)?);
        }
        Ok(())
    }
}

/// The loss of a row; `logs` becomes the logarithms of softmax.
fn row_loss(x: &[f32], wanted: &[f32], logs: &mut [f32]) -> f32 {
    let most = simd::largest(x);
    let log_sum = simd::exponentials(x, most, logs).ln();
    simd::map(x, logs, |x| x - most - log_sum);
    // What is not wanted may have the logarithm of 0.
    -rows::sum([wanted, logs], |[w, log]| if w == 0.0 { 0.0 } else { w * log })
}
