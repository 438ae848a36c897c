//! Batch normalisation.

use crate::{
    Builder, InitializerSpec, InputMismatch, Layer, LayerError, LayerKind, ParameterId, Pass,
    Refusal, Tail, initializers, ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::{Choice, Spec};
use relume_tensor::{Shape, Tensor};
use std::sync::Arc;

/// Normalises each feature or channel to mean 0 and variance 1 over the batch, then scales and shifts it.
///
/// Takes `[features]`, `[channels, length]`, `[channels, height, width]` or a volume; for sequences `[time, features]`
/// there is layernorm. Inference uses the running mean and variance from training. Parameters: `weight`, `bias`;
/// buffers: `running_mean`, `running_var`, and with momentum="cumulative" (all batches have the same weight) also
/// `num_batches_tracked`. Where training cuts each batch into shards, each is normalised by its own statistics, or by
/// those of the whole batch with sync=true, as PyTorch's SyncBatchNorm does it. Ioffe and Szegedy, "Batch
/// normalization", 2015.
///
/// ```relume
/// net = dense(64, bias=false) -> batchnorm -> relu -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, positional = 0, aliases = ["batchnorm1d", "batchnorm2d", "batchnorm3d"])]
pub struct Batchnorm {
    /// Added to the variance.
    #[spec(default = 1e-5, positive)]
    pub eps: f64,
    /// Weight of the newest batch in the running statistics.
    #[spec(default = 0.1)]
    pub momentum: Momentum,
    /// Whether scale and shift are trained.
    #[spec(default = true)]
    pub affine: bool,
    /// Whether running statistics are kept for inference.
    #[spec(default = true)]
    pub track_running_stats: bool,
    /// Whether mean and variance in training are those of the whole batch where it is cut into shards.
    #[spec(default = false)]
    pub sync: bool,
}

/// How running statistics follow those of the batches.
#[derive(Clone, Copy, Debug, PartialEq, Choice)]
pub enum Momentum {
    /// The weight of the newest batch.
    #[spec(fraction)]
    By(f64),
    /// All batches have the same weight; PyTorch's `momentum=None`.
    Cumulative,
}

/// Scale and shift of each channel, if they are trained.
pub(crate) fn affine(
    wanted: bool,
    channels: usize,
    builder: &mut Builder<'_>,
) -> Option<[ParameterId; 2]> {
    wanted.then(|| {
        let (ones, zeros) = (initializers::Ones {}.into(), initializers::Zeros {}.into());
        let mut make =
            |name, init: InitializerSpec| builder.parameter(name, channels, &init, [1, 1]);
        [make("weight", ones), make("bias", zeros)]
    })
}

/// The running mean and variance of each channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running([ParameterId; 2]);

impl Running {
    pub fn new(channels: usize, builder: &mut Builder<'_>) -> Self {
        Running([
            builder.buffer("running_mean", channels, 0.0),
            builder.buffer("running_var", channels, 1.0),
        ])
    }

    /// Both on the tape, for inference.
    pub fn constants(self, pass: &mut Pass<'_>) -> [Var; 2] {
        self.0.map(|id| {
            let value = pass.buffer(id).clone();
            pass.tape.constant(value)
        })
    }

    /// Moves both towards the newest ones, whose variance was divided by `count` numbers.
    pub fn update(
        self,
        pass: &mut Pass<'_>,
        newest: [&Tensor; 2],
        count: usize,
        momentum: f32,
    ) -> Result<(), LayerError> {
        let unbiased = count as f32 / (count - 1) as f32;
        for ((id, value), factor) in self.0.into_iter().zip(newest).zip([1.0, unbiased]) {
            pass.buffer_mut(id).zip_in_place(value, "batchnorm", |running, new| {
                (1.0 - momentum) * running + momentum * (new * factor)
            })?;
        }
        Ok(())
    }
}

impl LayerKind for Batchnorm {
    fn is_synchronised(&self) -> bool {
        self.sync
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.rank() {
            1..=4 => Ok(input),
            _ => Err(InputMismatch::new(
                "wants a row of features or channels with one to three axes in space",
            )
            .into()),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let channels = input.first().copied().unwrap_or(1);
        let affine = affine(self.affine, channels, builder);
        let running = self.track_running_stats.then(|| Running::new(channels, builder));
        let momentum = match self.momentum {
            Momentum::By(momentum) => Weight::Fixed(momentum as f32),
            Momentum::Cumulative if self.track_running_stats => {
                Weight::OneIn(builder.buffer("num_batches_tracked", Shape::SCALAR, 0.0))
            }
            Momentum::Cumulative => Weight::Fixed(0.0),
        };
        let by_batch = ops::BatchNorm { eps: self.eps as f32, of_batch: true, relu: false };
        let layer = BatchnormLayer {
            ops: operations(by_batch),
            by_batch,
            momentum,
            affine,
            running,
            sync: self.sync,
        };
        Ok(Arc::new(layer))
    }
}

/// The weight of the newest batch in the running statistics.
#[derive(Clone, Copy, Debug)]
enum Weight {
    Fixed(f32),
    /// 1 / batches so far, which this buffer counts.
    OneIn(ParameterId),
}

/// By the statistics of past batches, or by the batch's own.
fn operations(by_batch: ops::BatchNorm) -> [OpRef; 2] {
    [false, true].map(|of_batch| Arc::new(ops::BatchNorm { of_batch, ..by_batch }).into())
}

#[derive(Clone, Debug)]
struct BatchnormLayer {
    ops: [OpRef; 2],
    /// The second of them.
    by_batch: ops::BatchNorm,
    momentum: Weight,
    affine: Option<[ParameterId; 2]>,
    running: Option<Running>,
    sync: bool,
}

impl Layer for BatchnormLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let (op, [mean, variance]) = match self.running {
            Some(running) if !pass.is_training() => (self.ops[0].clone(), running.constants(pass)),
            _ => {
                let (op, statistics) = self.statistics(pass, x)?;
                (op, statistics.map(|own| pass.tape.constant(own)))
            }
        };
        let inputs = match self.affine {
            Some([weight, bias]) => {
                let (weight, bias) = (pass.parameter(weight), pass.parameter(bias));
                &[x, mean, variance, weight, bias][..]
            }
            None => &[x, mean, variance],
        };
        Ok(pass.tape.apply(op, inputs)?)
    }

    fn fuse(&self, next: Tail) -> Option<Arc<dyn Layer>> {
        match next {
            Tail::Relu => {
                let by_batch = ops::BatchNorm { relu: true, ..self.by_batch };
                let ops = operations(by_batch);
                Some(Arc::new(BatchnormLayer { ops, by_batch, ..self.clone() }))
            }
            _ => None,
        }
    }
}

impl BatchnormLayer {
    /// The batch's mean and variance, and the operation that normalises by them; in training the running ones move
    /// towards them.
    fn statistics(&self, pass: &mut Pass<'_>, x: Var) -> Result<(OpRef, [Tensor; 2]), LayerError> {
        let batch = pass.tape.value(x);
        let together = pass.together().filter(|_| self.sync && pass.is_training());
        let (op, [mean, variance], count) = match together {
            Some(together) => {
                let whole = ops::ShardStatistics::of(batch, &**together)?;
                let (norm, count) = (self.by_batch, whole.count);
                let op = ops::SyncBatchNorm { norm, count, together: together.clone() };
                (Arc::new(op).into(), [whole.mean, whole.variance], count)
            }
            None => {
                let (mean, variance) = ops::batch_statistics(batch)?;
                let count = batch.count() / mean.count().max(1);
                (self.ops[1].clone(), [mean, variance], count)
            }
        };
        if count < 2 && pass.is_training() {
            return Err(LayerError::Batch(
                "batch normalisation cannot train on a single value per channel: use a larger batch".to_string(),
            ));
        }
        if let (Some(running), true) = (self.running, pass.is_training()) {
            let momentum = match self.momentum {
                Weight::Fixed(momentum) => momentum,
                Weight::OneIn(counter) => {
                    let counter = pass.buffer_mut(counter);
                    counter.map_in_place(|batches| batches + 1.0);
                    1.0 / counter.sum()
                }
            };
            running.update(pass, [&mean, &variance], count, momentum)?;
        }
        Ok((op, [mean, variance]))
    }
}
