//! Convolution on the tape.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Convolution, ConvolutionOutput, Tensor};
use std::ops::RangeInclusive;

/// A convolution of `[batch, channels, height, width]` with a weight, plus a bias if there is a third input; a
/// rectified linear unit and max-pooling may follow in the same operation.
///
/// Saves the positions of the maxima of the pooling.
#[derive(Clone, Debug)]
pub struct Conv2d(pub Convolution);

impl Op for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=3
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (out, indices) = self.0.forward(inputs[0], inputs[1], inputs.get(2).copied())?;
        if let Some(indices) = indices {
            saved.push_indices(indices);
        }
        Ok(out)
    }

    /// Those of the convolution, also where Winograd's algorithm makes fewer.
    fn multiply_adds(&self, inputs: Inputs<'_>, _: &Tensor) -> u64 {
        let geometry = self.0.geometry();
        let places = geometry.output().map_or(0, |[height, width]| height * width);
        let batch = inputs[0].shape().first().copied().unwrap_or(0);
        inputs[1].count() as u64 * places as u64 * batch as u64
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let wanted = [pass.wants(0), pass.wants(1), pass.wants(2)];
        let indices = pass.saved.indices().first();
        let output = ConvolutionOutput { out: pass.output, indices, gradient: &pass.gradient };
        let gradients = self.0.backward(pass.inputs[0], pass.inputs[1], output, wanted)?;
        for (i, gradient) in gradients.into_iter().enumerate() {
            if let Some(gradient) = gradient {
                pass.give(i, gradient);
            }
        }
        Ok(())
    }
}
