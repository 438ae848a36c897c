//! The parametric rectified linear unit: the slope below 0 is trained.

use crate::{Activation, Facts};
use relume_autograd::{AutogradError, Backward, Op, OpRef, Saved};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::{Shape, Tensor, TensorError};
use serde::{Deserialize, Serialize};

/// x above 0, weight x below; one weight for all or one for each channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prelu {
    /// How many slopes there are: 1, or one for each channel.
    pub num_parameters: usize,
    /// What the slopes start with.
    pub init: f64,
}

impl Described for Prelu {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "prelu",
        aliases: &[],
        summary: "like leaky_relu, but the slope below 0 is trained",
        details: "f(x) = x above 0, weight x below. Range: all numbers. Parameter: `weight` [num_parameters], one slope for all or one for each channel. He and others, \"Delving deep into rectifiers\", 2015.",
        arguments: &[
            Argument::new("num_parameters", Type::COUNT, "1, or the number of channels")
                .or_integer(1),
            Argument::new("init", Type::REAL, "what the slopes start with").or_number(0.25),
        ],
        example: "net = dense(16) -> prelu -> dense(2)",
    };
}

/// The operation on x `[batch, channels, ...]` and weight `[1]` or `[channels]`.
#[derive(Clone, Copy, Debug)]
struct PreluOp;

/// The weight's place for each run of equal channels: how many channels and how long a run.
fn channels(x: Shape, weight: &Tensor) -> Result<(usize, usize), TensorError> {
    let count = weight.count();
    match count {
        1 => Ok((1, x.count().max(1))),
        _ if x.get(1) == Some(&count) => Ok((count, x.tail(2).count().max(1))),
        _ => Err(TensorError::Mismatch { operation: "prelu", left: x, right: weight.shape() }),
    }
}

impl Op for PreluOp {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (count, run) = channels(inputs[0].shape(), inputs[1])?;
        let mut out = inputs[0].clone();
        for (i, part) in out.data_mut().chunks_mut(run).enumerate() {
            let slope = inputs[1].data()[i % count];
            part.iter_mut().for_each(|x| *x = if *x > 0.0 { *x } else { *x * slope });
        }
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, weight) = (pass.inputs[0], pass.inputs[1]);
        let (count, run) = channels(x.shape(), weight)?;
        if pass.wants(1) {
            let mut sums = Tensor::zeros(weight.shape());
            let runs = x.data().chunks(run).zip(pass.gradient.data().chunks(run)).enumerate();
            for (i, (x, g)) in runs {
                let below = x.iter().zip(g).map(|(&x, g)| if x > 0.0 { 0.0 } else { x * g });
                sums.data_mut()[i % count] += below.sum::<f32>();
            }
            pass.give(1, sums);
        }
        let mut gradient = pass.take_gradient();
        let runs = gradient.data_mut().chunks_mut(run).zip(x.data().chunks(run)).enumerate();
        for (i, (g, x)) in runs {
            let slope = weight.data()[i % count];
            g.iter_mut().zip(x).for_each(|(g, &x)| *g = if x > 0.0 { *g } else { *g * slope });
        }
        pass.give(0, gradient);
        Ok(())
    }
}

impl Activation for Prelu {
    fn op(&self) -> OpRef {
        (&PreluOp as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn parameter(&self) -> Option<(&'static str, Vec<f32>)> {
        Some(("weight", vec![self.init as f32; self.num_parameters]))
    }
}
