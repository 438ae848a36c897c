//! The logarithm of softmax, without overflow or underflow.

use crate::softmax::Lines;
use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The logarithms of softmax's probabilities.
///
/// y_i = x_i - ln sum_j e^x_j along an axis; dx = dy - e^y sum(dy). Range: (-∞, 0). The largest number's gradient
/// vanishes where it is far above all others. Bridle, "Probabilistic interpretation of feedforward classification
/// network outputs", 1990.
///
/// ```relume
/// log_softmax([1, 2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct LogSoftmax {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

#[derive(Clone, Copy, Debug)]
struct LogSoftmaxOp {
    axis: i64,
}

impl Op for LogSoftmaxOp {
    fn name(&self) -> &'static str {
        "log_softmax"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let x = inputs[0];
        let mut out = Tensor::uninit(x.shape());
        Lines::along(self.axis, x.shape())?.for_each(&mut out, [x, x], |[x, _], out| {
            let most = simd::largest(x);
            let shift = simd::ln(simd::exponentials(x, most, out));
            simd::map(x, out, |x| x - most - shift);
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let y = pass.output;
        let mut out = Tensor::uninit(y.shape());
        let lines = Lines::along(self.axis, y.shape())?;
        lines.for_each(&mut out, [y, &pass.gradient], |[y, dy], dx| {
            let sum = simd::sum(dy);
            simd::map2(y, dy, dx, |y, dy| dy - simd::exp(y) * sum);
        });
        pass.give(0, out);
        Ok(())
    }
}

impl Activation for LogSoftmax {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(LogSoftmaxOp { axis: self.axis }).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::check(self.axis, sample).map(|()| sample)
    }
}
