//! The transposed convolution: the backward pass of a convolution, used as the forward pass.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Convolution, ConvolutionOutput, Tensor, TensorError};
use std::ops::RangeInclusive;

/// The transpose of a convolution, from `[batch, out_channels, ...output]` to `[batch, channels, ...input]`.
///
/// Inputs: x and the convolution's weight `[out_channels, channels / groups, height, width]`.
#[derive(Clone, Debug)]
pub struct ConvTranspose2d(pub Convolution);

impl Op for ConvTranspose2d {
    fn name(&self) -> &'static str {
        "conv_transpose2d"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, weight) = (inputs[0], inputs[1]);
        let geometry = self.0.geometry();
        let [height, width] = geometry.output()?;
        let batch = match *x.dims() {
            [batch, c, h, w] if [c, h, w] == [geometry.out_channels, height, width] => batch,
            _ => {
                let right = [geometry.out_channels, height, width].into();
                let left = x.shape();
                let operation = "conv_transpose2d";
                return Err(TensorError::Mismatch { operation, left, right }.into());
            }
        };
        // The gradient does not depend on the numbers of the convolution's own input: any will do.
        let [height, width] = geometry.input;
        let any = Tensor::uninit([batch, geometry.channels, height, width]);
        let [out, ..] = self.0.backward(&any, weight, unpooled(x), [true, false, false])?;
        // It was asked for, so it exists.
        Ok(out.unwrap_or(any))
    }

    /// Each number of x times what the weight has for its channel.
    fn multiply_adds(&self, inputs: Inputs<'_>, _: &Tensor) -> u64 {
        let channels = inputs[1].shape().first().copied().unwrap_or(1).max(1);
        inputs[0].count() as u64 * (inputs[1].count() / channels) as u64
    }

    /// dx is the convolution of dy; dw is that convolution's weight gradient with dy as its input and x as its output's
    /// gradient.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, weight) = (pass.inputs[0], pass.inputs[1]);
        let gradient = pass.take_gradient();
        if pass.wants(0) {
            let (dx, _) = self.0.forward(&gradient, weight, None)?;
            pass.give(0, dx);
        }
        if pass.wants(1) {
            let wanted = [false, true, false];
            let [_, dw, _] = self.0.backward(&gradient, weight, unpooled(x), wanted)?;
            if let Some(dw) = dw {
                pass.give(1, dw);
            }
        }
        Ok(())
    }
}

/// Nothing follows the convolution, so its output's numbers are not needed either.
fn unpooled(gradient: &Tensor) -> ConvolutionOutput<'_> {
    ConvolutionOutput { out: gradient, indices: None, gradient }
}
