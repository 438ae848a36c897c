//! Cross-entropy of logits, the softmax built in.

use crate::classes::{ClassTargets, ClassWeights, ClassWeightsOptions, Rows};
use crate::reduction::{Reduced, ReductionOptions};
use crate::rows;
use crate::whole::Whole;
use crate::{Expects, Loss, LossSpec, Targets};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::simd::{Kernel, dispatch, inside};
use relume_tensor::threads::{Pieces, for_pieces, for_pieces2, rows_per_piece};
use relume_tensor::{Tensor, simd};
use std::ops::RangeInclusive;
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

    fn for_samples(&self, samples: &[usize]) -> Option<LossSpec> {
        let classes = self.classes.balanced(samples)?;
        Some(CrossEntropy { classes, ..self.clone() }.into())
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
/// The cost of a number of a row, for cutting rows into pieces.
const COST: usize = 16;

impl CrossEntropyOp {
    /// Writes the weighted target probabilities of each class, and returns the sum of the samples' weights.
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
        // As in PyTorch, with probabilities the mean is over samples, whatever the weights.
        Ok((wanted, rows.losses.count() as f32))
    }
}

impl Op for CrossEntropyOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 1
    }

    /// Saves the logarithms of the probabilities, the target probabilities, and the sum of the weights.
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
                let (x, wanted) = (&rows.values.data()[from..], &wanted.data()[from..]);
                dispatch(RowLosses { classes, x, wanted, logs, losses });
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
                let (logs, wanted) = (&logs.data()[from..], &wanted.data()[from..]);
                let gradient = |row: usize| reduction.gradient(gradient, total, i * piece + row);
                dispatch(RowGradients { classes, logs, wanted, gradient, out });
            });
            pass.give(0, rows.back(&out)?);
        }
        Ok(())
    }
}

/// The losses of rows of logits; `logs` becomes the logarithms of softmax.
struct RowLosses<'a> {
    classes: usize,
    x: &'a [f32],
    wanted: &'a [f32],
    logs: &'a mut [f32],
    losses: &'a mut [f32],
}

impl Kernel for RowLosses<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let x = self.x.chunks_exact(self.classes);
        let wanted = self.wanted.chunks_exact(self.classes);
        let logs = self.logs.chunks_exact_mut(self.classes);
        for (((logs, x), wanted), loss) in logs.zip(x).zip(wanted).zip(self.losses) {
            let most = inside::largest(x);
            let log_sum = inside::exponentials(x, most, logs).ln();
            for (log, &x) in logs.iter_mut().zip(x) {
                *log = x - most - log_sum;
            }
            // What is not wanted may have the logarithm of 0.
            let terms = |[w, log]: [f32; 2]| if w == 0.0 { 0.0 } else { w * log };
            *loss = -rows::sum_inside([wanted, logs], terms);
        }
    }
}

/// The gradients of rows of logits, from the gradient of each row's loss.
struct RowGradients<'a, G> {
    classes: usize,
    /// The logarithms of softmax.
    logs: &'a [f32],
    wanted: &'a [f32],
    gradient: G,
    out: &'a mut [f32],
}

impl<G: Fn(usize) -> f32> Kernel for RowGradients<'_, G> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let logs = self.logs.chunks_exact(self.classes);
        let wanted = self.wanted.chunks_exact(self.classes);
        let each = self.out.chunks_exact_mut(self.classes).zip(logs).zip(wanted);
        for (row, ((out, logs), wanted)) in each.enumerate() {
            let sum = inside::sum(wanted);
            // Where every sample is ignored the mean is 0 / 0, but still nothing is to be learnt.
            if sum == 0.0 {
                out.fill(0.0);
                continue;
            }
            let g = (self.gradient)(row);
            for ((out, &log), &wanted) in out.iter_mut().zip(logs).zip(wanted) {
                *out = (simd::exp(log) * sum - wanted) * g;
            }
        }
    }
}
