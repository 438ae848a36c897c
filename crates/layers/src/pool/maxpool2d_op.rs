//! Max-pooling on the tape.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{PoolGeometry, Tensor, maxpool2d, maxpool2d_backward};

/// The largest number under each window of `[batch, channels, height, width]`.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d(pub PoolGeometry);

impl Op for MaxPool2d {
    fn name(&self) -> &'static str {
        "maxpool2d"
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (out, winners) = maxpool2d(inputs[0], &self.0)?;
        saved.push_indices(winners);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        pass.give(0, maxpool2d_backward(shape, &pass.saved.indices()[0], &pass.gradient)?);
        Ok(())
    }
}
