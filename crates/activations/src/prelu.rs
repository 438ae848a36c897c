//! The parametric rectified linear unit: the slope below 0 is trained.

use crate::leaky_relu::Leaky;
use crate::{Activation, Facts, InputMismatch, checked_op};
use relume_autograd::{AutogradError, Backward, Inputs, Map, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::simd::{Kernel, dispatch, map2_in_place};
use relume_tensor::threads::{PIECE, for_pieces, rows_per_piece};
use relume_tensor::{Shape, Tensor, TensorError};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Like leaky_relu, but the slope below 0 is trained.
///
/// f(x) = x above 0, weight x below; f'(x) = 1 above 0, weight below; dweight = x below 0. Range: all numbers. Flat
/// below 0 only while a slope is 0. Parameter: `weight` `[num_parameters]`, one slope for all or one for each channel.
/// He and others, "Delving deep into rectifiers", 2015.
///
/// ```relume
/// net = dense(16) -> prelu -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Prelu {
    /// 1, or the number of channels.
    #[spec(default = 1, positive)]
    pub num_parameters: usize,
    /// The initial value of the slopes.
    #[spec(default = 0.25)]
    pub init: f64,
}

/// The operation on x `[batch, channels, ...]` and weight `[1]` or `[channels]`.
#[derive(Clone, Copy, Debug)]
struct PreluOp;

/// How the slopes apply to x: each of `weight` in turn for `run` contiguous numbers.
#[derive(Clone, Copy, Debug)]
struct Slopes<'a> {
    weight: &'a [f32],
    run: usize,
}

impl<'a> Slopes<'a> {
    fn of(x: Shape, weight: &'a Tensor) -> Result<Self, TensorError> {
        let run = match weight.count() {
            1 => x.count(),
            count if x.get(1) == Some(&count) => x.tail(2).count(),
            _ => {
                let right = weight.shape();
                return Err(TensorError::Mismatch { operation: "prelu", left: x, right });
            }
        };
        Ok(Slopes { weight: weight.data(), run: run.max(1) })
    }

    /// Multiplies the numbers of `out` by 1 where x is above 0, and by their slope elsewhere.
    fn apply(self, x: &[f32], out: &mut [f32]) {
        let Slopes { weight, run } = self;
        if let [slope] = *weight {
            return for_pieces(out, PIECE, |i, part| {
                map2_in_place(part, &x[i * PIECE..][..part.len()], |y, x| bent(y, x, slope));
            });
        }
        let sample = weight.len() * run;
        let piece = sample * rows_per_piece(sample, 2);
        for_pieces(out, piece, |i, part| {
            let x = &x[i * piece..][..part.len()];
            dispatch(ByChannel(self, x, part));
        });
    }
}

#[inline(always)]
fn bent(y: f32, x: f32, slope: f32) -> f32 {
    if x > 0.0 { y } else { y * slope }
}

/// Whole samples.
struct ByChannel<'a>(Slopes<'a>, &'a [f32], &'a mut [f32]);

impl Kernel for ByChannel<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let ByChannel(Slopes { weight, run }, x, out) = self;
        let sample = weight.len() * run;
        for (out, x) in out.chunks_exact_mut(sample).zip(x.chunks_exact(sample)) {
            if run == 1 {
                for ((y, &x), &slope) in out.iter_mut().zip(x).zip(weight) {
                    *y = bent(*y, x, slope);
                }
                continue;
            }
            let runs = out.chunks_exact_mut(run).zip(x.chunks_exact(run));
            for ((out, x), &slope) in runs.zip(weight) {
                for (y, &x) in out.iter_mut().zip(x) {
                    *y = bent(*y, x, slope);
                }
            }
        }
    }
}

impl Op for PreluOp {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let slopes = Slopes::of(inputs[0].shape(), inputs[1])?;
        if let [slope] = *slopes.weight {
            return Map(Leaky { slope }).forward(inputs[..1].into(), saved);
        }
        let mut out = inputs[0].clone();
        slopes.apply(inputs[0].data(), out.data_mut());
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, weight) = (pass.inputs[0], pass.inputs[1]);
        let slopes = Slopes::of(x.shape(), weight)?;
        if pass.wants(1) {
            let below = x.zip(&pass.gradient, "prelu", |x, g| if x > 0.0 { 0.0 } else { x * g })?;
            let sums = match weight.count() {
                1 => Tensor::scalar(below.sum()),
                count => {
                    let samples = x.count() / (count * slopes.run).max(1);
                    below.reshape([samples, count, slopes.run])?.sum_axis(2)?.sum_axis(0)?
                }
            };
            pass.give(1, sums.reshape(weight.shape())?);
        }
        let mut gradient = pass.take_gradient();
        slopes.apply(x.data(), gradient.data_mut());
        pass.give(0, gradient);
        Ok(())
    }
}

impl Activation for Prelu {
    fn op(&self) -> OpRef {
        checked_op(self, || (&PreluOp as &'static dyn Op).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        let channels = sample.first().copied().unwrap_or(1);
        match self.num_parameters {
            1 => Ok(sample),
            count if count == channels => Ok(sample),
            count => Err(InputMismatch::new(format!("wants {count} channels, one for each slope"))
                .help(format!("prelu(num_parameters={channels}), or prelu for one slope"))),
        }
    }

    fn parameters(&self, _: Shape) -> Vec<(Cow<'static, str>, Tensor)> {
        vec![("weight".into(), Tensor::full(self.num_parameters, self.init as f32))]
    }
}
