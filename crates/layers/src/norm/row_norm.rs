//! Normalisation of rows by their own statistics: layer, group, instance and root-mean-square normalisation.

use crate::norm::sums::{Moments, sums};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::simd::{self, Kernel, dispatch};
use relume_tensor::{Tensor, TensorError, threads};
use std::ops::RangeInclusive;

/// `(x - mean) / sqrt(variance + eps) * weight + bias` with each row's own mean and variance; without a mean, the
/// variance is the mean of squares.
///
/// Rows follow one another in memory: `groups` of them belong together, each of `channels` runs of `run` numbers.
/// Inputs: x, and weight and bias of `groups * channels` numbers, one for each run, if there are two and three inputs.
///
/// Saves each row's mean and 1 / sqrt(variance + eps).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowNorm {
    /// The name in error messages.
    pub name: &'static str,
    /// Added to the variance.
    pub eps: f32,
    /// Whether the mean is subtracted.
    pub centred: bool,
    /// Rows with weights of their own.
    pub groups: usize,
    /// Runs of a row.
    pub channels: usize,
    /// Numbers of a run.
    pub run: usize,
}

impl RowNorm {
    fn row(&self) -> usize {
        self.channels * self.run
    }

    /// A row's mean and 1 / sqrt(variance + eps).
    fn statistics(&self, row: &[f32]) -> (f32, f32) {
        let (mean, variance) = match self.centred {
            true => {
                let mut moments = Moments::default();
                moments.add(row);
                moments.mean_and_variance()
            }
            false => {
                let [squares, _] = sums(row, row, |x, _| [x * x, 0.0]);
                (0.0, (squares / row.len() as f64) as f32)
            }
        };
        (mean, 1.0 / (variance + self.eps).sqrt())
    }

    /// The parameters of the runs of row `row`.
    fn of_row<'a>(&self, parameter: &'a Tensor, row: usize) -> &'a [f32] {
        &parameter.data()[row % self.groups * self.channels..][..self.channels]
    }

    fn check(&self, inputs: Inputs<'_>) -> Result<usize, TensorError> {
        let (x, row) = (inputs[0], self.row());
        let wanted = self.groups * self.channels;
        for right in inputs[1..].iter().map(|parameter| parameter.shape()) {
            if right.count() != wanted {
                return Err(TensorError::Mismatch { operation: self.name, left: x.shape(), right });
            }
        }
        match row > 0 && x.count().is_multiple_of(row * self.groups) {
            true => Ok(x.count() / row),
            false => {
                let right = [self.groups, self.channels, self.run].into();
                Err(TensorError::Mismatch { operation: self.name, left: x.shape(), right })
            }
        }
    }
}

impl Op for RowNorm {
    fn name(&self) -> &'static str {
        self.name
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=3
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let rows = self.check(inputs)?;
        let (x, row) = (inputs[0].data(), self.row());
        let mut out = Tensor::uninit(inputs[0].shape());
        let mut statistics = Tensor::uninit([rows, 2]);
        let at_once = threads::rows_per_piece(row, 8);
        let [first, second] = [
            threads::Pieces::new(out.data_mut(), at_once * row),
            threads::Pieces::new(statistics.data_mut(), at_once * 2),
        ];
        threads::for_pieces2(first, second, |piece, out, statistics| {
            let rows = out.chunks_exact_mut(row).zip(statistics.chunks_exact_mut(2));
            for (i, (out, statistics)) in rows.enumerate() {
                let at = piece * at_once + i;
                let x = &x[at * row..][..row];
                let (mean, scale) = self.statistics(x);
                statistics.copy_from_slice(&[mean, scale]);
                let Some(weight) = inputs.get(1).map(|weight| self.of_row(weight, at)) else {
                    simd::map(x, out, |x| (x - mean) * scale);
                    continue;
                };
                let bias = inputs.get(2).map(|bias| self.of_row(bias, at));
                if self.run == 1 {
                    dispatch(Affine { x, out, mean, scale, weight, bias });
                    continue;
                }
                let runs = x.chunks_exact(self.run).zip(out.chunks_exact_mut(self.run));
                for (c, (x, out)) in runs.enumerate() {
                    let (factor, bias) = (scale * weight[c], bias.map_or(0.0, |bias| bias[c]));
                    simd::map(x, out, |x| (x - mean) * factor + bias);
                }
            }
        });
        saved.push(statistics);
        Ok(out)
    }

    /// With n = (x - mean) scale and g = dy weight: dx = (g - mean(g) - n mean(g n)) scale, without mean(g) if no mean
    /// is subtracted; dweight = sum(dy n), dbias = sum(dy).
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        self.check(pass.inputs)?;
        let gradient = pass.take_gradient();
        let (x, dy, row) = (pass.inputs[0].data(), gradient.data(), self.row());
        let statistics = pass.saved[0].data();
        if pass.wants(1) || pass.wants(2) {
            let [weight, bias] = match self.run {
                1 => self.column_sums(x, dy, statistics)?,
                _ => self.run_sums(x, dy, statistics),
            };
            for (i, sums) in [(1, weight), (2, bias)] {
                if pass.wants(i) {
                    pass.give(i, sums.reshape(pass.inputs[i].shape())?);
                }
            }
        }
        if !pass.wants(0) {
            return Ok(());
        }
        let mut dx = Tensor::uninit(pass.inputs[0].shape());
        let at_once = threads::rows_per_piece(row, 8);
        threads::for_pieces(dx.data_mut(), at_once * row, |piece, dx| {
            for (i, dx) in dx.chunks_exact_mut(row).enumerate() {
                let at = piece * at_once + i;
                let [x, dy] = [x, dy].map(|all| &all[at * row..][..row]);
                let (mean, scale) = (statistics[2 * at], statistics[2 * at + 1]);
                match pass.inputs.get(1).map(|weight| self.of_row(weight, at)) {
                    None => dx.copy_from_slice(dy),
                    Some(weight) if self.run == 1 => simd::map2(dy, weight, dx, |dy, w| dy * w),
                    Some(weight) => {
                        let runs = dy.chunks_exact(self.run).zip(dx.chunks_exact_mut(self.run));
                        for ((dy, dx), &w) in runs.zip(weight) {
                            simd::map(dy, dx, |dy| dy * w);
                        }
                    }
                }
                let [sum, with_x] = sums(dx, x, |g, x| [g, g * (x - mean)]);
                let count = row as f64;
                let mean_g = if self.centred { (sum / count) as f32 } else { 0.0 };
                let slope = (with_x * f64::from(scale) * f64::from(scale) / count) as f32;
                simd::map2_in_place(dx, x, |g, x| (g - mean_g - (x - mean) * slope) * scale);
            }
        });
        pass.give(0, dx);
        Ok(())
    }
}

impl RowNorm {
    /// dweight and dbias if each number of a row has a weight of its own.
    fn column_sums(
        &self,
        x: &[f32],
        dy: &[f32],
        statistics: &[f32],
    ) -> Result<[Tensor; 2], TensorError> {
        // A fixed number of partial sums whatever the number of threads, so that the bits do not depend on it.
        const PARTS: usize = 8;
        let (row, width) = (self.row(), self.groups * self.row());
        let blocks = x.len() / width;
        let each = blocks.div_ceil(PARTS).max(1);
        let parts = blocks.div_ceil(each).max(1);
        let (mut weight, mut bias) = (Tensor::zeros([parts, width]), Tensor::zeros([parts, width]));
        let [first, second] = [
            threads::Pieces::new(weight.data_mut(), width),
            threads::Pieces::new(bias.data_mut(), width),
        ];
        threads::for_pieces2(first, second, |part, weight, bias| {
            let rows = part * each * self.groups..((part + 1) * each).min(blocks) * self.groups;
            for at in rows {
                let [x, dy] = [x, dy].map(|all| &all[at * row..][..row]);
                let columns = at % self.groups * row..(at % self.groups + 1) * row;
                dispatch(AddColumns {
                    x,
                    dy,
                    mean: statistics[2 * at],
                    scale: statistics[2 * at + 1],
                    weight: &mut weight[columns.clone()],
                    bias: &mut bias[columns],
                });
            }
        });
        Ok([weight.sum_axis(0)?, bias.sum_axis(0)?])
    }

    /// dweight and dbias if each run has a weight.
    fn run_sums(&self, x: &[f32], dy: &[f32], statistics: &[f32]) -> [Tensor; 2] {
        let channels = self.groups * self.channels;
        let samples = x.len() / (channels * self.run);
        let (mut weight, mut bias) = (Tensor::uninit(channels), Tensor::uninit(channels));
        let at_once = threads::rows_per_piece(samples * self.run, 4);
        let [first, second] = [
            threads::Pieces::new(weight.data_mut(), at_once),
            threads::Pieces::new(bias.data_mut(), at_once),
        ];
        threads::for_pieces2(first, second, |piece, weight, bias| {
            for (i, (weight, bias)) in weight.iter_mut().zip(bias).enumerate() {
                let channel = piece * at_once + i;
                let mut total = [0.0; 2];
                for sample in 0..samples {
                    let run = (sample * channels + channel) * self.run;
                    let [x, dy] = [x, dy].map(|all| &all[run..][..self.run]);
                    let row = sample * self.groups + channel / self.channels;
                    let (mean, scale) = (statistics[2 * row], statistics[2 * row + 1]);
                    let [sum, with_x] = sums(dy, x, |dy, x| [dy, dy * (x - mean)]);
                    total[0] += with_x * f64::from(scale);
                    total[1] += sum;
                }
                (*weight, *bias) = (total[0] as f32, total[1] as f32);
            }
        });
        [weight, bias]
    }
}

/// A row whose numbers have weights of their own.
struct Affine<'a> {
    x: &'a [f32],
    out: &'a mut [f32],
    mean: f32,
    scale: f32,
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
}

impl Kernel for Affine<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Affine { x, out, mean, scale, weight, bias } = self;
        let numbers = out.iter_mut().zip(x).zip(weight);
        match bias {
            Some(bias) => {
                for (((y, &x), &w), &b) in numbers.zip(bias) {
                    *y = (x - mean) * scale * w + b;
                }
            }
            None => {
                for ((y, &x), &w) in numbers {
                    *y = (x - mean) * scale * w;
                }
            }
        }
    }
}

/// Adds a row's share to the gradients of weights and biases.
struct AddColumns<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    mean: f32,
    scale: f32,
    weight: &'a mut [f32],
    bias: &'a mut [f32],
}

impl Kernel for AddColumns<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let AddColumns { x, dy, mean, scale, weight, bias } = self;
        let sums = weight.iter_mut().zip(bias);
        for (((weight, bias), &x), &dy) in sums.zip(x).zip(dy) {
            *weight += dy * ((x - mean) * scale);
            *bias += dy;
        }
    }
}
