//! Group and instance normalisation: over the channels of each sample.

use crate::norm::batchnorm::{Running, affine};
use crate::shape::space::divisors;
use crate::{
    Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, ParameterId, Pass, Refusal,
    ops,
};
use relume_autograd::{OpRef, Var};
use relume_catalog::Spec;
use relume_tensor::Shape;
use std::sync::Arc;

/// Normalises groups of channels of each sample to mean 0 and variance 1, then scales and shifts each channel.
///
/// Takes `[channels, ...]` and does not depend on other samples, so small batches are no problem. With one group, the
/// whole sample is normalised together. Parameters: `weight`, `bias` `[channels]`. Wu and He, "Group normalization",
/// 2018.
///
/// ```relume
/// net = input(3, 8, 8) -> conv2d(16, 3) -> groupnorm(4) -> relu -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["group_norm"], positional = 1)]
pub struct Groupnorm {
    /// Groups of channels.
    #[spec(positive)]
    pub num_groups: usize,
    /// Added to the variance.
    #[spec(default = 1e-5, positive)]
    pub eps: f64,
    /// Whether scale and shift are trained.
    #[spec(default = true)]
    pub affine: bool,
}

/// Normalises each channel of each sample to mean 0 and variance 1.
///
/// Takes `[channels, ...space]`. Parameters, with `affine`: `weight`, `bias` `[channels]`; buffers, with
/// `track_running_stats`: `running_mean`, `running_var`. Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the
/// missing ingredient for fast stylization", 2016.
///
/// ```relume
/// net = input(3, 8, 8) -> conv2d(16, 3) -> instancenorm -> relu -> flatten -> dense(10)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, aliases = ["instance_norm"], positional = 0)]
pub struct Instancenorm {
    /// Added to the variance.
    #[spec(default = 1e-5, positive)]
    pub eps: f64,
    /// Weight of the newest batch in the running statistics.
    #[spec(default = 0.1, fraction)]
    pub momentum: f64,
    /// Whether scale and shift are trained.
    #[spec(default = false)]
    pub affine: bool,
    /// Whether running statistics are kept for inference.
    #[spec(default = false)]
    pub track_running_stats: bool,
}

impl LayerKind for Groupnorm {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match input.first() {
            Some(&channels) if channels.is_multiple_of(self.num_groups) => Ok(input),
            Some(&channels) => {
                let wanted = format!(
                    "does not fit ({} groups do not divide {channels} channels)",
                    self.num_groups
                );
                let help = format!("{channels} channels make {} groups", divisors(channels));
                Err(InputMismatch::new(wanted).help(help).into())
            }
            None => Err(InputMismatch::new("wants channels").into()),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let op = ops::RowNorm {
            name: "groupnorm",
            eps: self.eps as f32,
            centred: true,
            groups: self.num_groups,
            channels: input[0] / self.num_groups,
            run: input.tail(1).count(),
        };
        let parameters = affine(self.affine, input[0], builder);
        Ok(Arc::new(Operation::new(Arc::new(op), parameters.into_iter().flatten().collect())))
    }
}

impl LayerKind for Instancenorm {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        match (input.rank(), input.tail(1).count()) {
            (0 | 1, _) => {
                Err(InputMismatch::new("wants channels with places, [channels, ...space]")
                    .help("for a row of features there is layernorm: {before} -> layernorm")
                    .into())
            }
            (_, 1) => Err(InputMismatch::new("wants more than one place in each channel")
                .help("with a single one its mean is itself; leave instancenorm out here")
                .into()),
            _ => Ok(input),
        }
    }

    fn build(&self, input: Shape, builder: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let channels = input[0];
        let eps = self.eps as f32;
        let own = ops::RowNorm {
            name: "instancenorm",
            eps,
            centred: true,
            groups: channels,
            channels: 1,
            run: input.tail(1).count(),
        };
        let affine = affine(self.affine, channels, builder);
        if !self.track_running_stats {
            let parameters = affine.into_iter().flatten().collect();
            return Ok(Arc::new(Operation::new(Arc::new(own), parameters)));
        }
        Ok(Arc::new(InstancenormLayer {
            own: Arc::new(own).into(),
            by_running: Arc::new(ops::BatchNorm { eps, of_batch: false, relu: false }).into(),
            momentum: self.momentum as f32,
            affine,
            running: Running::new(channels, builder),
        }))
    }
}

/// Instance normalisation that keeps running statistics.
#[derive(Debug)]
struct InstancenormLayer {
    own: OpRef,
    by_running: OpRef,
    momentum: f32,
    affine: Option<[ParameterId; 2]>,
    running: Running,
}

impl Layer for InstancenormLayer {
    fn forward(&self, pass: &mut Pass<'_>, x: Var) -> Result<Var, LayerError> {
        let affine = self.affine.map(|ids| ids.map(|id| pass.parameter(id)));
        if !pass.is_training() {
            let [mean, variance] = self.running.constants(pass);
            return Ok(match affine {
                Some([weight, bias]) => {
                    pass.tape.apply(&self.by_running, &[x, mean, variance, weight, bias])?
                }
                None => pass.tape.apply(&self.by_running, &[x, mean, variance])?,
            });
        }
        let (mean, variance) = ops::instance_statistics(pass.tape.value(x))?;
        let count = pass.tape.value(x).shape().tail(2).count();
        self.running.update(pass, [&mean, &variance], count, self.momentum)?;
        Ok(match affine {
            Some([weight, bias]) => pass.tape.apply(&self.own, &[x, weight, bias])?,
            None => pass.tape.apply(&self.own, &[x])?,
        })
    }
}
