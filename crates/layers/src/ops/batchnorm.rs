//! Batch normalisation (Ioffe and Szegedy, 2015).

use relume_autograd::{AutogradError, Backward, Op, Saved};
use relume_tensor::{Shape, Tensor, TensorError, threads};

/// `(x - mean) / sqrt(variance + eps) * weight + bias` for each channel, the second axis.
///
/// Inputs: x `[batch, channels, ...]`, mean and variance `[channels]`, and if there are five, weight and bias `[channels]`.
#[derive(Clone, Copy, Debug)]
pub struct BatchNorm {
    /// Added to the variance.
    pub eps: f32,
    /// Whether mean and variance are those of this very batch, so that the gradient flows through them as well.
    pub of_batch: bool,
}

/// An input seen as `batch` x `channels` runs of `run` numbers.
#[derive(Clone, Copy)]
struct Runs {
    batch: usize,
    channels: usize,
    run: usize,
}

impl Runs {
    fn of(shape: Shape) -> Result<Self, TensorError> {
        match *shape {
            [batch, channels, ..] => Ok(Runs { batch, channels, run: shape.tail(2).count() }),
            _ => {
                let wanted = "[batch, channels, ...]";
                Err(TensorError::Rank { operation: "batchnorm", wanted, given: shape })
            }
        }
    }

    /// Sums `term` over all numbers of each channel, in double precision across runs.
    fn sums(self, term: impl Fn(usize, usize) -> f64 + Sync) -> Tensor {
        let mut sums = Tensor::stale(self.channels);
        let channels = threads::rows_per_piece(self.batch * self.run, 4);
        threads::for_pieces(sums.data_mut(), channels, |piece, part| {
            for (i, sum) in part.iter_mut().enumerate() {
                let channel = piece * channels + i;
                *sum = (0..self.batch).map(|sample| term(sample, channel)).sum::<f64>() as f32;
            }
        });
        sums
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

fn lanes_sum(x: impl Iterator<Item = f32>) -> f64 {
    x.map(f64::from).sum()
}

/// The mean of each channel, and its variance divided by the count.
///
/// # Errors
/// An input without a channel axis.
pub fn batch_statistics(x: &Tensor) -> Result<(Tensor, Tensor), TensorError> {
    let runs = Runs::of(x.shape())?;
    let count = (runs.batch * runs.run) as f32;
    let data = x.data();
    let mut mean = runs.sums(|sample, c| lanes_sum(runs.at(data, sample, c).iter().copied()));
    mean.map_in_place(|sum| sum / count);
    let means = mean.data();
    let mut variance = runs.sums(|sample, c| {
        let mean = means[c];
        lanes_sum(runs.at(data, sample, c).iter().map(|x| (x - mean) * (x - mean)))
    });
    variance.map_in_place(|sum| sum / count);
    Ok((mean, variance))
}

impl BatchNorm {
    fn scale(&self, variance: f32) -> f32 {
        1.0 / (variance + self.eps).sqrt()
    }
}

impl Op for BatchNorm {
    fn name(&self) -> &'static str {
        "batchnorm"
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
        let runs = Runs::of(inputs[0].shape())?;
        let [x, mean, variance] = [inputs[0].data(), inputs[1].data(), inputs[2].data()];
        let affine = inputs.get(3).zip(inputs.get(4)).map(|(w, b)| (w.data(), b.data()));
        let mut out = Tensor::stale(inputs[0].shape());
        runs.for_each(&mut out, |sample, c, out| {
            let (weight, bias) = affine.map_or((1.0, 0.0), |(w, b)| (w[c], b[c]));
            let scale = self.scale(variance[c]) * weight;
            let mean = mean[c];
            for (y, &x) in out.iter_mut().zip(runs.at(x, sample, c)) {
                *y = (x - mean) * scale + bias;
            }
        });
        Ok(out)
    }

    /// With n = (x - mean) / std and g = dy weight: dx = (g - mean(g) - n mean(g n)) / std for the batch's own statistics,
    /// dx = g / std for given ones; dweight = sum(dy n), dbias = sum(dy).
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let runs = Runs::of(shape)?;
        let [x, mean, variance] = [0, 1, 2].map(|i| pass.inputs[i].data());
        let weight = pass.inputs.get(3).map(|weight| weight.data());
        let gradient = pass.take_gradient();
        let dy = gradient.data();
        let sum_dy = runs.sums(|sample, c| lanes_sum(runs.at(dy, sample, c).iter().copied()));
        let sum_dy_n = runs.sums(|sample, c| {
            let (mean, scale) = (mean[c], self.scale(variance[c]));
            let pairs = runs.at(dy, sample, c).iter().zip(runs.at(x, sample, c));
            lanes_sum(pairs.map(|(dy, x)| dy * (x - mean))) * f64::from(scale)
        });
        if pass.wants(0) {
            let mut dx = Tensor::stale(shape);
            let count = (runs.batch * runs.run) as f32;
            runs.for_each(&mut dx, |sample, c, dx| {
                let scale = self.scale(variance[c]);
                let factor = weight.map_or(1.0, |w| w[c]) * scale;
                let (mean_dy, slope) = match self.of_batch {
                    true => (sum_dy.data()[c] / count, sum_dy_n.data()[c] / count * scale),
                    false => (0.0, 0.0),
                };
                let mean = mean[c];
                let pairs = runs.at(dy, sample, c).iter().zip(runs.at(x, sample, c));
                for (dx, (dy, x)) in dx.iter_mut().zip(pairs) {
                    *dx = (dy - mean_dy - (x - mean) * slope) * factor;
                }
            });
            pass.give(0, dx);
        }
        pass.give(3, sum_dy_n);
        pass.give(4, sum_dy);
        Ok(())
    }
}
