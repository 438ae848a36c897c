//! The mean over the positions of an image, or over the time of a sequence.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;

/// `[batch, channels, ...places]` to `[batch, channels]`; `[batch, time, features]` to `[batch, features]`.
#[derive(Clone, Copy, Debug)]
pub struct PlaneMean;

/// An input seen as blocks of channels and places: `(batch, middle, last, whether the mean is over the middle)`.
fn split(shape: Shape) -> (usize, usize, usize, bool) {
    let batch = shape.first().copied().unwrap_or(1);
    let middle = shape.get(1).copied().unwrap_or(1);
    (batch, middle, shape.tail(2).count(), shape.rank() == 3)
}

impl Op for PlaneMean {
    fn name(&self) -> &'static str {
        "globalavgpool"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (batch, middle, last, over_time) = split(inputs[0].shape());
        let blocks = inputs[0].reshape([batch, middle, last])?;
        Ok(blocks.mean_axis(if over_time { 1 } else { 2 })?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let (batch, middle, last, over_time) = split(shape);
        let mut gradient = pass.take_gradient();
        let (narrow, count) = match over_time {
            true => ([batch, 1, last], middle),
            false => ([batch, middle, 1], last),
        };
        gradient.scale(1.0 / count as f32);
        let spread = gradient.reshape(narrow)?.broadcast_to([batch, middle, last].into())?;
        pass.give(0, spread.reshape(shape)?);
        Ok(())
    }
}
