//! Batch normalisation (Ioffe and Szegedy, 2015).

use crate::norm::sums::{Moments, sums};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Shape, Tensor, TensorError, simd, threads};
use std::ops::RangeInclusive;

/// `(x - mean) / sqrt(variance + eps) * weight + bias` for each channel, the second axis.
///
/// Inputs: x `[batch, channels, ...]`, mean and variance `[channels]`, and if there are five, weight and bias
/// `[channels]`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    /// Added to the variance.
    pub eps: f32,
    /// Whether mean and variance are those of this batch, so that the gradient flows through them as well.
    pub of_batch: bool,
    /// Whether max(0, x) follows.
    pub relu: bool,
}

/// An input seen as `batch` x `channels` runs of `run` numbers.
#[derive(Clone, Copy)]
pub(crate) struct Runs {
    batch: usize,
    pub channels: usize,
    run: usize,
}

impl Runs {
    pub fn of(shape: Shape) -> Result<Self, TensorError> {
        match *shape {
            [batch, channels, ..] => Ok(Runs { batch, channels, run: shape.tail(2).count() }),
            _ => {
                let wanted = "[batch, channels, ...]";
                Err(TensorError::Rank { operation: "batchnorm", wanted, given: shape })
            }
        }
    }

    /// Sums `term`, a few numbers for each run, over all samples of each channel, in double precision: `[channels, N]`.
    fn sums<const N: usize>(self, term: impl Fn(usize, usize) -> [f64; N] + Sync) -> Tensor {
        let mut sums = Tensor::uninit([self.channels, N]);
        let channels = threads::rows_per_piece(self.batch * self.run, 4);
        threads::for_pieces(sums.data_mut(), channels * N, |piece, part| {
            for (i, sums) in part.chunks_exact_mut(N).enumerate() {
                let channel = piece * channels + i;
                let mut total = [0.0; N];
                for sample in 0..self.batch {
                    let terms = term(sample, channel);
                    total.iter_mut().zip(terms).for_each(|(total, term)| *total += term);
                }
                sums.iter_mut().zip(total).for_each(|(sum, total)| *sum = total as f32);
            }
        });
        sums
    }

    /// Gives the moments of each channel to `put`, with the channel's places in `first` and `second`.
    pub fn moments<T: Send>(
        self,
        x: &Tensor,
        first: &mut [f32],
        second: &mut [T],
        put: impl Fn(&Moments, &mut f32, &mut T) + Sync,
    ) {
        let data = x.data();
        let channels = threads::rows_per_piece(self.batch * self.run, 4);
        let first = threads::Pieces::new(first, channels);
        let second = threads::Pieces::new(second, channels);
        threads::for_pieces2(first, second, |piece, first, second| {
            for (i, (first, second)) in first.iter_mut().zip(second).enumerate() {
                let mut moments = Moments::default();
                for sample in 0..self.batch {
                    moments.add(self.at(data, sample, piece * channels + i));
                }
                put(&moments, first, second);
            }
        });
    }

    fn at(self, data: &[f32], sample: usize, channel: usize) -> &[f32] {
        &data[(sample * self.channels + channel) * self.run..][..self.run]
    }

    /// Calls `work` with the sample, the channel and the run of every run of `out`.
    fn for_each(self, out: &mut Tensor, work: impl Fn(usize, usize, &mut [f32]) + Sync) {
        let width = self.channels * self.run;
        let samples = threads::rows_per_piece(width, 4);
        threads::for_pieces(out.data_mut(), samples * width, |piece, part| {
            for (i, run) in part.chunks_exact_mut(self.run).enumerate() {
                work(piece * samples + i / self.channels, i % self.channels, run);
            }
        });
    }
}

/// The mean of each channel, and its variance divided by the count.
///
/// # Errors
/// An input without a channel axis.
pub fn batch_statistics(x: &Tensor) -> Result<(Tensor, Tensor), TensorError> {
    let runs = Runs::of(x.shape())?;
    let (mut mean, mut variance) = (Tensor::uninit(runs.channels), Tensor::uninit(runs.channels));
    runs.moments(x, mean.data_mut(), variance.data_mut(), |moments, mean, variance| {
        (*mean, *variance) = moments.mean_and_variance();
    });
    Ok((mean, variance))
}

/// The mean over the batch of each sample's mean and variance, channel by channel.
///
/// # Errors
/// An input without a channel axis.
pub fn instance_statistics(x: &Tensor) -> Result<(Tensor, Tensor), TensorError> {
    let runs = Runs::of(x.shape())?;
    let data = x.data();
    let means = runs.sums(|sample, channel| {
        let mut moments = Moments::default();
        moments.add(runs.at(data, sample, channel));
        let (mean, variance) = moments.mean_and_variance();
        [mean, variance].map(|moment| f64::from(moment) / runs.batch as f64)
    });
    let column = |at: usize| Tensor::from_fn(runs.channels, |c| means.data()[2 * c + at]);
    Ok((column(0), column(1)))
}

/// The transformation of the numbers of a channel.
#[derive(Clone, Copy)]
struct Channel {
    mean: f32,
    /// 1 / sqrt(variance + eps).
    scale: f32,
    weight: f32,
    bias: f32,
    /// Whether max(0, x) follows.
    relu: bool,
}

impl Channel {
    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        (x - self.mean) * (self.scale * self.weight) + self.bias
    }

    /// The gradient that passes back through the rectifier, if there is one. Without a branch, so that loops vectorise.
    #[inline(always)]
    fn passes(self, gradient: f32, x: f32) -> f32 {
        let stops = self.relu & (self.value(x) <= 0.0);
        if stops { 0.0 } else { gradient }
    }
}

/// Sums that the gradient of a batch's own statistics needs.
#[derive(Clone, Debug)]
pub(crate) struct GradientSums {
    /// Of dy, and of dy n: `[channels, 2]`.
    pub sums: Tensor,
    /// How many numbers of each channel they are over.
    pub count: f32,
}

impl BatchNorm {
    /// The runs of the input; refuses statistics and parameters that are not one number for each channel.
    fn runs(&self, inputs: Inputs<'_>) -> Result<Runs, TensorError> {
        let left = inputs[0].shape();
        let runs = Runs::of(left)?;
        match inputs[1..].iter().find(|input| input.count() != runs.channels) {
            Some(input) => {
                let right = input.shape();
                Err(TensorError::Mismatch { operation: "batchnorm", left, right })
            }
            None => Ok(runs),
        }
    }

    /// The backward rule, where `whole` makes sums over the whole batch of those over the samples that are here. It is
    /// called if statistics are the batch's own and the input needs a gradient.
    pub(crate) fn backward_of_whole(
        &self,
        pass: &mut Backward<'_>,
        whole: impl FnOnce(&GradientSums) -> Result<GradientSums, AutogradError>,
    ) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let runs = Runs::of(shape)?;
        let x = pass.inputs[0].data();
        let gradient = pass.take_gradient();
        let dy = gradient.data();
        let sums = runs.sums(|sample, c| {
            let channel = self.channel(pass.inputs, c);
            let (dy, x) = (runs.at(dy, sample, c), runs.at(x, sample, c));
            let [sum, with_x] = sums(dy, x, move |dy, x| {
                let dy = channel.passes(dy, x);
                [dy, dy * (x - channel.mean)]
            });
            [sum, with_x * f64::from(channel.scale)]
        });
        let own = GradientSums { sums, count: (runs.batch * runs.run) as f32 };
        if pass.wants(0) {
            let mut dx = Tensor::uninit(shape);
            let of_batch = if self.of_batch { Some(whole(&own)?) } else { None };
            let of_batch = of_batch.as_ref().map(|whole| (whole.sums.data(), whole.count));
            runs.for_each(&mut dx, |sample, c, dx| {
                let channel = self.channel(pass.inputs, c);
                let factor = channel.weight * channel.scale;
                let (mean_dy, slope) = match of_batch {
                    Some((sums, count)) => {
                        let sums = &sums[2 * c..];
                        (sums[0] / count, sums[1] / count * channel.scale)
                    }
                    None => (0.0, 0.0),
                };
                let (dy, x) = (runs.at(dy, sample, c), runs.at(x, sample, c));
                simd::map2(dy, x, dx, move |dy, x| {
                    let dy = channel.passes(dy, x);
                    (dy - mean_dy - (x - channel.mean) * slope) * factor
                });
            });
            pass.give(0, dx);
        }
        let column = |at: usize| Tensor::from_fn(runs.channels, |c| own.sums.data()[2 * c + at]);
        pass.give(3, column(1));
        pass.give(4, column(0));
        Ok(())
    }

    fn channel(&self, inputs: Inputs<'_>, channel: usize) -> Channel {
        let of = |input: usize| inputs.get(input).map(|input| input.data()[channel]);
        let variance = of(2).unwrap_or(1.0);
        Channel {
            mean: of(1).unwrap_or(0.0),
            scale: 1.0 / (variance + self.eps).sqrt(),
            weight: of(3).unwrap_or(1.0),
            bias: of(4).unwrap_or(0.0),
            relu: self.relu,
        }
    }
}

impl Op for BatchNorm {
    fn name(&self) -> &'static str {
        "batchnorm"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        3..=5
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let runs = self.runs(inputs)?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        runs.for_each(&mut out, |sample, c, out| {
            let channel = self.channel(inputs, c);
            let run = runs.at(x, sample, c);
            match self.relu {
                false => simd::map(run, out, move |x| channel.value(x)),
                true => simd::map(run, out, move |x| {
                    let y = channel.value(x);
                    if y < 0.0 { 0.0 } else { y }
                }),
            }
        });
        Ok(out)
    }

    /// With n = (x - mean) / std and g = dy weight: dx = (g - mean(g) - n mean(g n)) / std for the batch's own
    /// statistics, dx = g / std for given ones; dweight = sum(dy n), dbias = sum(dy).
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        self.backward_of_whole(pass, |own| Ok(own.clone()))
    }
}
