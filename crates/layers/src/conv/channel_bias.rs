//! A bias for each channel.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Tensor, TensorError, simd, threads};
use std::ops::RangeInclusive;

/// `[batch, channels, ...]` plus a bias `[channels]`.
#[derive(Clone, Copy, Debug)]
pub struct ChannelBias;

impl Op for ChannelBias {
    fn name(&self) -> &'static str {
        "bias"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, bias) = (inputs[0], inputs[1]);
        let channels = bias.count();
        if x.dims().get(1) != Some(&channels) {
            let (left, right) = (x.shape(), bias.shape());
            return Err(TensorError::Mismatch { operation: "bias", left, right }.into());
        }
        let run = x.shape().tail(2).count().max(1);
        let runs = threads::rows_per_piece(run, 4);
        let mut out = Tensor::uninit(x.shape());
        threads::for_pieces(out.data_mut(), runs * run, |i, out| {
            let from = x.data()[i * runs * run..].chunks_exact(run);
            for (j, (to, from)) in out.chunks_exact_mut(run).zip(from).enumerate() {
                let bias = bias.data()[(i * runs + j) % channels];
                simd::map(from, to, |x| x + bias);
            }
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let gradient = pass.take_gradient();
        if pass.wants(1) {
            let runs = [shape[0], shape[1], shape.tail(2).count()];
            pass.give(1, gradient.reshape(runs)?.sum_axis(2)?.sum_axis(0)?);
        }
        pass.give(0, gradient);
        Ok(())
    }
}
