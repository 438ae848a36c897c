//! Views: another shape, the same numbers, for any batch.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// How a shape changes; no number moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Samples of another shape: `[batch, ...]` becomes `[batch, ...shape]`.
    Sample(Shape),
    /// A new axis of size 1 at this position.
    Insert(usize),
    /// An axis of size 1 removed.
    Remove(usize),
    /// An axis and the next one joined.
    Merge(usize),
}

impl View {
    fn of(&self, shape: Shape) -> Result<Shape, AutogradError> {
        match *self {
            View::Sample(sample) => Ok(sample.with_batch(shape.first().copied().unwrap_or(1))?),
            View::Insert(axis) if axis <= shape.rank() && shape.rank() < Shape::MAX_RANK => {
                let mut sizes = [1; Shape::MAX_RANK];
                sizes[..axis].copy_from_slice(&shape[..axis]);
                sizes[axis + 1..=shape.rank()].copy_from_slice(&shape[axis..]);
                Ok(Shape::new(&sizes[..=shape.rank()])?)
            }
            View::Remove(axis) if shape.get(axis) == Some(&1) => Ok(shape.without_axis(axis)),
            View::Merge(axis) if axis + 1 < shape.rank() => {
                let merged = shape[axis] * shape[axis + 1];
                Ok(shape.without_axis(axis).with_axis(axis, merged))
            }
            _ => {
                let problem = format!("{shape} has no view {self:?}");
                Err(AutogradError::Value { operation: "view", problem })
            }
        }
    }
}

impl Op for View {
    fn name(&self) -> &'static str {
        "view"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].reshape(self.of(inputs[0].shape())?)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let gradient = pass.take_gradient().reshape(shape)?;
        pass.give(0, gradient);
        Ok(())
    }
}
