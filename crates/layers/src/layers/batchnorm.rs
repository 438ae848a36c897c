//! Batch normalisation.

use super::{LayerKind, Refusal};
use crate::{
    Builder, InitializerSpec, Layer, LayerError, ParameterId, Pass, Tail, Unfit, initializers, ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Each feature or channel brought to mean 0 and variance 1 over the batch, then scaled and shifted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batchnorm {
    /// Added to the variance.
    pub eps: f64,
    /// The weight of the newest batch in the running statistics.
    pub momentum: f64,
    /// Whether scale and shift are trained.
    pub affine: bool,
    /// Whether running statistics are kept for use; otherwise each batch's own are used always.
    pub track_running_stats: bool,
}

impl Described for Batchnorm {
    const ENTRY: Entry = Entry {
        kind: Kind::Layer,
        name: "batchnorm",
        aliases: &[],
        summary: "brings each feature or channel to mean 0 and variance 1 over the batch, then scales and shifts it",
        details: "Takes `[features]` or `[channels, height, width]`. In use, the running mean and variance gathered in training count. Parameters: `weight`, `bias`; buffers: `running_mean`, `running_var`. Ioffe and Szegedy, \"Batch normalization\", 2015.",
        arguments: &[
            Argument::new("eps", Type::POSITIVE, "added to the variance").or_number(1e-5),
            Argument::new(
                "momentum",
                Type::FRACTION,
                "weight of the newest batch in the running statistics",
            )
            .or_number(0.1),
            Argument::new("affine", Type::Boolean, "whether scale and shift are trained")
                .or_boolean(true),
            Argument::new(
                "track_running_stats",
                Type::Boolean,
                "whether running statistics are kept for use",
            )
            .or_boolean(true),
        ],
        example: "net = dense(64, bias=false) -> batchnorm -> relu -> dense(10)",
    };
}

impl LayerKind for Batchnorm {
    fn output(&self, input: Shape) -> Result<Shape, Refusal> {
        match *input {
            [_] | [_, _, _] => Ok(input),
            _ => {
                Err(Unfit::new("wants a row of features or an image [channels, height, width]")
                    .into())
            }
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let channels = input.first().copied().unwrap_or(1);
        let affine = self.affine.then(|| {
            let (ones, zeros) = (initializers::Ones {}.into(), initializers::Zeros {}.into());
            let mut make =
                |name, init: InitializerSpec| builder.parameter(name, channels, &init, [1, 1]);
            [make("weight", ones), make("bias", zeros)]
        });
        let running = self.track_running_stats.then(|| {
            [
                builder.buffer("running_mean", Tensor::zeros(channels)),
                builder.buffer("running_var", Tensor::ones(channels)),
            ]
        });
        let layer = BatchnormLayer {
            ops: operations(self.eps as f32, false),
            eps: self.eps as f32,
            momentum: self.momentum as f32,
            affine,
            running,
        };
        Ok(Arc::new(layer))
    }
}

/// By the statistics of past batches, and by the batch's own.
fn operations(eps: f32, relu: bool) -> [OpRef; 2] {
    [false, true].map(|of_batch| Arc::new(ops::BatchNorm { eps, of_batch, relu }).into())
}

#[derive(Clone, Debug)]
struct BatchnormLayer {
    ops: [OpRef; 2],
    eps: f32,
    momentum: f32,
    affine: Option<[ParameterId; 2]>,
    running: Option<[ParameterId; 2]>,
}

impl Layer for BatchnormLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let (op, mean, variance) = match self.running {
            Some([mean, variance]) if !pass.is_training() => {
                (&self.ops[0], pass.buffer(mean).clone(), pass.buffer(variance).clone())
            }
            _ => {
                let (mean, variance) = self.statistics(pass, x)?;
                (&self.ops[1], mean, variance)
            }
        };
        let mean = pass.tape.constant(mean);
        let variance = pass.tape.constant(variance);
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
                Some(Arc::new(BatchnormLayer { ops: operations(self.eps, true), ..self.clone() }))
            }
            _ => None,
        }
    }
}

impl BatchnormLayer {
    /// The batch's mean and variance; in training the running ones move towards them.
    fn statistics(&self, pass: &mut Pass<'_>, x: Var) -> Result<(Tensor, Tensor), LayerError> {
        let batch = pass.tape.value(x);
        let (mean, variance) = ops::batch_statistics(batch)?;
        let count = batch.count() / mean.count().max(1);
        if count < 2 && pass.is_training() {
            return Err(LayerError::Batch(
                "batch normalisation cannot train on a single value per channel: use a larger batch".to_string(),
            ));
        }
        if let (Some([running_mean, running_variance]), true) = (self.running, pass.is_training()) {
            let momentum = self.momentum;
            let unbiased = count as f32 / (count - 1) as f32;
            let newest = [(running_mean, &mean, 1.0), (running_variance, &variance, unbiased)];
            for (id, value, factor) in newest {
                pass.buffer_mut(id).zip_in_place(value, "batchnorm", |running, new| {
                    (1.0 - momentum) * running + momentum * (new * factor)
                })?;
            }
        }
        Ok((mean, variance))
    }
}
