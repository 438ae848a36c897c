//! y = x (k + alpha mean(x^2))^-beta, the mean over neighbouring channels.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Tensor, TensorError, simd, threads};
use std::ops::RangeInclusive;

/// Local response normalisation of `[batch, channels, ...space]` over `size` channels around each one.
///
/// Saves the sums k + alpha mean(x^2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNorm {
    /// Channels in the mean.
    pub size: usize,
    /// Factor of the mean square.
    pub alpha: f32,
    /// Exponent of the divisor.
    pub beta: f32,
    /// Added to the mean square.
    pub k: f32,
}

impl LocalResponseNorm {
    /// Channels before and after each one that are in its mean.
    fn sides(&self) -> [usize; 2] {
        [self.size / 2, self.size.saturating_sub(1) / 2]
    }

    /// alpha / size.
    fn factor(&self) -> f32 {
        self.alpha / self.size as f32
    }
}

impl Op for LocalResponseNorm {
    fn name(&self) -> &'static str {
        "local_response_norm"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let x = inputs[0];
        let mut divisor = sums_over_channels(&x.map(|x| x * x), self.sides())?;
        let (k, factor, beta) = (self.k, self.factor(), self.beta);
        divisor.map_in_place(|sum| k + factor * sum);
        let y = x.zip(&divisor, self.name(), |x, divisor| x * divisor.powf(-beta))?;
        saved.push(divisor);
        Ok(y)
    }

    /// With d the divisor before its power and g = dy d^-beta: dx = g - 2 alpha / size beta x s, where s is the sum of
    /// g x / d over the channels in whose mean x is.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut dx = pass.take_gradient();
        let (x, divisor) = (pass.inputs[0], &pass.saved[0]);
        let (factor, beta) = (2.0 * self.factor() * self.beta, self.beta);
        dx.zip_in_place(divisor, self.name(), |dy, divisor| dy * divisor.powf(-beta))?;
        let mut shares = dx.zip(x, self.name(), |g, x| g * x)?;
        shares.zip_in_place(divisor, self.name(), |product, divisor| product / divisor)?;
        let [before, after] = self.sides();
        let mut sums = sums_over_channels(&shares, [after, before])?;
        sums.zip_in_place(x, self.name(), |sum, x| factor * sum * x)?;
        dx.zip_in_place(&sums, self.name(), |g, through_divisor| g - through_divisor)?;
        pass.give(0, dx);
        Ok(())
    }
}

/// For each channel of `[batch, channels, ...space]`, the sum of it and of so many channels before and after it.
fn sums_over_channels(x: &Tensor, [before, after]: [usize; 2]) -> Result<Tensor, TensorError> {
    let [_, channels, ..] = *x.dims() else {
        let problem = format!("{} is not [batch, channels, ...space]", x.shape());
        return Err(TensorError::Geometry { operation: "local_response_norm", problem });
    };
    let plane = x.shape().tail(2).count();
    let mut sums = Tensor::zeros(x.shape());
    if x.count() == 0 {
        return Ok(sums);
    }
    let planes = |at: usize| &x.data()[at * plane..][..plane];
    threads::for_pieces(sums.data_mut(), plane, |at, sum| {
        let (first, channel) = (at - at % channels, at % channels);
        let end = channels.min(channel.saturating_add(after).saturating_add(1));
        for other in channel.saturating_sub(before)..end {
            simd::map2_in_place(sum, planes(first + other), |sum, x| sum + x);
        }
    });
    Ok(sums)
}
