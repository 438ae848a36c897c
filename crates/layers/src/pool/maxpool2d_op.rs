//! Max-pooling on the tape, under windows and adaptively.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{PoolGeometry, Tensor, adaptive_maxpool2d, maxpool2d, maxpool2d_backward};
use std::ops::RangeInclusive;

/// The largest number under each window of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d(pub PoolGeometry);

impl Op for MaxPool2d {
    fn name(&self) -> &'static str {
        "maxpool2d"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (out, indices) = maxpool2d(inputs[0], &self.0)?;
        saved.push_indices(indices);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        add_at_indices(pass)
    }
}

/// The largest numbers of `[batch, channels, height, width]` under so many windows down and across.
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveMaxPool2d(pub [usize; 2]);

impl Op for AdaptiveMaxPool2d {
    fn name(&self) -> &'static str {
        "adaptive_maxpool2d"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (out, indices) = adaptive_maxpool2d(inputs[0], self.0)?;
        saved.push_indices(indices);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        add_at_indices(pass)
    }
}

/// The gradient of the input: each number goes where its maximum stood.
fn add_at_indices(pass: &mut Backward<'_>) -> Result<(), AutogradError> {
    let shape = pass.inputs[0].shape();
    pass.give(0, maxpool2d_backward(shape, &pass.saved.indices()[0], &pass.gradient)?);
    Ok(())
}
