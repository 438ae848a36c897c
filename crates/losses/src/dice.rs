//! The Dice loss: the overlap of two sets.

use crate::pointwise::same_shape;
use crate::reduction::{Reduced, ReductionOptions};
use crate::rows::{rows, sum};
use crate::{Expects, Loss, Reduction};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The overlap of predicted and true regions: for segmentation, where most of an image is background.
///
/// For each sample, L = 1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth) over all its numbers, probabilities p
/// and targets t from 0 to 1: 0 where they agree, near 1 where they have nothing in common. After F. Milletari and
/// others, V-Net, 2016.
///
/// ```relume
/// dice([[0.9, 0.2, 0.1]], [[1, 0, 0]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Dice {
    /// Added to the numerator and the denominator.
    #[spec(default = 1.0, positive)]
    pub smooth: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

#[derive(Debug)]
struct DiceOp {
    smooth: f32,
    reduction: Reduction,
}

const NAME: &str = "dice";

/// The shape of the losses: one for each sample.
fn samples(shape: Shape) -> Shape {
    match shape.first() {
        Some(&batch) if shape.rank() > 1 => batch.into(),
        _ => Shape::SCALAR,
    }
}

impl DiceOp {
    /// The numerator and the denominator of a sample.
    fn fraction(&self, [p, t]: [&[f32]; 2]) -> [f32; 2] {
        let both = sum([p, t], |[p, t]| p * t);
        [2.0 * both + self.smooth, sum([p, t], |[p, t]| p + t) + self.smooth]
    }
}

impl Op for DiceOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (p, t) = (inputs[0], inputs[1]);
        same_shape(NAME, p.shape(), t.shape())?;
        let mut losses = Tensor::uninit(samples(p.shape()));
        let width = p.count() / losses.count().max(1);
        // In this form, a NaN is refused as well.
        let outside = |(_, x): &(usize, &f32)| !(0.0..=1.0).contains(*x);
        for (what, tensor) in [("a probability", p), ("a target from 0 to 1", t)] {
            if let Some((i, x)) = tensor.data().iter().enumerate().find(outside) {
                let problem = format!("row {}: {x} is not {what}", i / width.max(1));
                return Err(AutogradError::Value { operation: NAME, problem });
            }
        }
        for (row, loss) in losses.data_mut().iter_mut().enumerate() {
            let [above, below] = self.fraction(rows([p.data(), t.data()], width, row));
            *loss = 1.0 - above / below;
        }
        let divisor = self.reduction.divisor(losses.shape());
        Ok(self.reduction.apply(losses, divisor))
    }

    /// dp = (above / below - 2 t) / below, and dt likewise.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [p, t] = [pass.inputs[0], pass.inputs[1]];
        let shape = samples(p.shape());
        let width = p.count() / shape.count().max(1);
        let gradient = self.reduction.spread(&pass.gradient, shape);
        for (which, other) in [(0, t), (1, p)] {
            if !pass.wants(which) || width == 0 {
                continue;
            }
            let mut out = Tensor::uninit(p.shape());
            for (row, out) in out.data_mut().chunks_exact_mut(width).enumerate() {
                let [above, below] = self.fraction(rows([p.data(), t.data()], width, row));
                let (ratio, g) = (above / below, gradient.data()[row] / below);
                let [other] = rows([other.data()], width, row);
                simd::map(other, out, |x| (ratio - 2.0 * x) * g);
            }
            pass.give(which, out);
        }
        Ok(())
    }
}

impl Loss for Dice {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(DiceOp { smooth: self.smooth as f32, reduction: self.reduced.reduction })
                .into()
        })
    }

    fn expects(&self) -> Expects {
        Expects::Probabilities
    }
}
