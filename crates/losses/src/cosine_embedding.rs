//! The cosine embedding loss: the angle between two vectors.

use crate::pointwise::same_shape;
use crate::reduction::{Reduced, ReductionOptions};
use crate::rows::{rows, sum};
use crate::{Expects, Loss, Reduction};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The angle between two vectors: small for similar things, large for dissimilar ones.
///
/// Applied to vectors a and b, `[batch, features]`, and y `[batch]`: L = 1 - cos(a, b) where y is 1, max(0, cos(a, b) -
/// margin) where y is -1. In training the targets are the vectors whose direction the outputs should have.
///
/// ```relume
/// cosine_embedding([[1, 0], [1, 1]], [[1, 1], [0, 1]], [1, -1], margin=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct CosineEmbedding {
    /// The cosine up to which vectors of dissimilar things cost nothing.
    #[spec(default = 0.0, range = -1.0..=1.0)]
    pub margin: f64,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
}

const NAME: &str = "cosine_embedding";
/// Keeps the length of a zero vector away from 0; PyTorch's value.
const EPS: f32 = 1e-12;

/// The loss of vectors and labels; without labels, all pairs should be similar.
#[derive(Debug)]
struct CosineOp {
    margin: f32,
    reduction: Reduction,
}

/// The lengths and the cosine of a pair of vectors.
struct Pair {
    /// The squared lengths.
    squares: [f32; 2],
    /// The product of the lengths.
    lengths: f32,
    cosine: f32,
}

impl Pair {
    fn of([a, b]: [&[f32]; 2]) -> Self {
        let product = sum([a, b], |[a, b]| a * b);
        let squares = [a, b].map(|x| sum([x], |[x]| x * x) + EPS);
        let lengths = (squares[0] * squares[1]).sqrt();
        Pair { squares, lengths, cosine: product / lengths }
    }
}

impl CosineOp {
    /// The length of the vectors.
    fn width(inputs: Inputs<'_>) -> Result<usize, AutogradError> {
        let shape = inputs[0].shape();
        same_shape(NAME, shape, inputs[1].shape())?;
        let error = |problem| Err(AutogradError::Value { operation: NAME, problem });
        let width = match *shape {
            [width] | [_, width] => width,
            _ => return error(format!("wants vectors [batch, features], not {shape}")),
        };
        let Some(labels) = inputs.get(2) else { return Ok(width) };
        if labels.shape() != shape.without_axis(shape.rank() - 1) {
            return error(format!(
                "labels of shape {} do not go with vectors of {shape}: give one for each pair",
                labels.shape()
            ));
        }
        match labels.data().iter().position(|y| y.abs() != 1.0) {
            Some(row) => {
                let y = labels.data()[row];
                error(format!("row {row}: {y} is neither 1 (alike) nor -1 (unlike)"))
            }
            None => Ok(width),
        }
    }

    fn is_alike(inputs: Inputs<'_>, row: usize) -> bool {
        inputs.get(2).is_none_or(|labels| labels.data()[row] > 0.0)
    }
}

impl Op for CosineOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=3
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let width = Self::width(inputs)?;
        let shape = inputs[0].shape();
        let mut losses = Tensor::uninit(shape.without_axis(shape.rank() - 1));
        for (row, loss) in losses.data_mut().iter_mut().enumerate() {
            let pair = Pair::of(rows([inputs[0].data(), inputs[1].data()], width, row));
            let excess = pair.cosine - self.margin;
            *loss = match Self::is_alike(inputs, row) {
                true => 1.0 - pair.cosine,
                false if excess < 0.0 => 0.0,
                false => excess,
            };
        }
        let divisor = self.reduction.divisor(losses.shape());
        Ok(self.reduction.apply(losses, divisor))
    }

    /// d cos / da = b / (|a| |b|) - a cos / |a|^2, and d cos / db likewise.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let width = Self::width(pass.inputs)?;
        if pass.wants(2) {
            let problem = "labels are 1 or -1: they have no gradient".to_string();
            return Err(AutogradError::Value { operation: NAME, problem });
        }
        let shape = pass.inputs[0].shape();
        let gradient = self.reduction.spread(&pass.gradient, shape.without_axis(shape.rank() - 1));
        let both = [pass.inputs[0].data(), pass.inputs[1].data()];
        for which in [0, 1] {
            if !pass.wants(which) || width == 0 {
                continue;
            }
            let mut out = Tensor::uninit(shape);
            for (row, out) in out.data_mut().chunks_exact_mut(width).enumerate() {
                let vectors = rows(both, width, row);
                let pair = Pair::of(vectors);
                let slope = match Self::is_alike(pass.inputs, row) {
                    true => -1.0,
                    false if pair.cosine - self.margin <= 0.0 => 0.0,
                    false => 1.0,
                };
                let g = slope * gradient.data()[row];
                let (along, back) = (g / pair.lengths, g * pair.cosine / pair.squares[which]);
                let (own, other) = (vectors[which], vectors[1 - which]);
                simd::map2(own, other, out, |own, other| other * along - own * back);
            }
            pass.give(which, out);
        }
        Ok(())
    }
}

impl Loss for CosineEmbedding {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(CosineOp { margin: self.margin as f32, reduction: self.reduced.reduction })
                .into()
        })
    }

    fn operands(&self) -> &'static [&'static str] {
        &["first", "second", "labels"]
    }

    fn expects(&self) -> Expects {
        Expects::Numbers
    }
}
