//! Batch normalisation by the statistics of all shards of a batch, as PyTorch's SyncBatchNorm.

use crate::norm::batchnorm_op::{BatchNorm, GradientSums, Runs};
use crate::norm::sums::Moments;
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved, Together};
use relume_tensor::Tensor;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The statistics of the channels of a batch, over all its shards.
#[derive(Clone, Debug)]
pub struct ShardStatistics {
    /// The mean, `[channels]`.
    pub mean: Tensor,
    /// The variance divided by the count, `[channels]`.
    pub variance: Tensor,
    /// How many numbers each channel has in all shards together.
    pub count: usize,
}

impl ShardStatistics {
    /// Those of a batch of which `x`, `[samples, channels, ...]`, is one shard. They have the same bits in every shard.
    ///
    /// Two sums over the shards, in double precision: the first for the mean, the second for squared deviations from it.
    /// These are never a difference of large numbers, so that the variance is accurate far from 0 too.
    ///
    /// # Errors
    /// An input without a channel axis, or a sum over the shards that failed.
    pub fn of(x: &Tensor, together: &dyn Together) -> Result<Self, AutogradError> {
        let runs = Runs::of(x.shape())?;
        let (mut mean, mut variance) =
            (Tensor::uninit(runs.channels), Tensor::uninit(runs.channels));
        let mut own = vec![Moments::default(); runs.channels];
        runs.moments(x, mean.data_mut(), &mut own, |moments, mean, own| {
            *mean = moments.mean as f32;
            *own = *moments;
        });
        // The count stands after the channels.
        let count = own.first().map_or(0.0, |own| own.count);
        let mut sums: Vec<f64> =
            own.iter().map(|own| own.mean * own.count).chain([count]).collect();
        together.sum(&mut sums)?;
        let count = sums.pop().unwrap_or(0.0);
        let means = sums.iter().map(|sum| sum / count);
        let mut squares: Vec<f64> = own.iter().zip(means.clone()).map(squares_around).collect();
        together.sum(&mut squares)?;
        mean.data_mut().iter_mut().zip(means).for_each(|(mean, whole)| *mean = whole as f32);
        let variances = squares.iter().map(|squares| (squares / count) as f32);
        variance.data_mut().iter_mut().zip(variances).for_each(|(own, whole)| *own = whole);
        Ok(ShardStatistics { mean, variance, count: count as usize })
    }
}

/// The sum of squared deviations of a shard's numbers from the mean of the whole batch.
fn squares_around((own, mean): (&Moments, f64)) -> f64 {
    let distance = own.mean - mean;
    own.squares + own.count * distance * distance
}

/// [`BatchNorm`] of one shard by the statistics of all shards of a batch.
///
/// Inputs: x `[samples, channels, ...]`, the mean and variance that [`ShardStatistics`] gives, and if there are five,
/// weight and bias `[channels]`.
///
/// The incoming gradient must be that of the whole batch's loss, as [`Together`] says. The gradients of weight and bias
/// are those of this shard's samples: summed over the shards, they are those of the batch.
#[derive(Clone, Debug)]
pub struct SyncBatchNorm {
    /// The operation on the samples of this shard.
    pub norm: BatchNorm,
    /// How many numbers each channel has in all shards together.
    pub count: usize,
    /// The shards.
    pub together: Arc<dyn Together>,
}

impl Op for SyncBatchNorm {
    fn name(&self) -> &'static str {
        self.norm.name()
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        self.norm.input_count()
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        self.norm.forward(inputs, saved)
    }

    /// As of [`BatchNorm`], but dx = (g - mean(g) - n mean(g n)) / std has means over all shards: a sum over the shards
    /// if x needs a gradient.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let norm = BatchNorm { of_batch: true, ..self.norm };
        norm.backward_of_whole(pass, |own| {
            let mut sums: Vec<f64> = own.sums.data().iter().map(|&sum| f64::from(sum)).collect();
            self.together.sum(&mut sums)?;
            let sums = Tensor::from_fn(own.sums.shape(), |i| sums[i] as f32);
            Ok(GradientSums { sums, count: self.count as f32 })
        })
    }
}
