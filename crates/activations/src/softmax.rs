//! Softmax: numbers as probabilities.

use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::{Shape, Tensor, TensorError, simd, threads};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Turns numbers into probabilities that add up to 1.
///
/// y_i = e^x_i / sum_j e^x_j along an axis; dx = y (dy - sum(dy y)). Range: (0, 1). Flat where one number is far above
/// all others. Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990. Not before
/// cross_entropy, which has it built in.
///
/// ```relume
/// softmax([1, 2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Softmax {
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

/// Lines along an axis: how many there are, their length, and the distance between their numbers.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    length: usize,
    step: usize,
}

impl Lines {
    pub(crate) fn along(axis: i64, shape: Shape) -> Result<Self, TensorError> {
        let place = axis::place(axis, shape)?;
        Ok(Lines { length: shape[place], step: shape.tail(place + 1).count() })
    }

    /// Calls `work` with each line of `out` as contiguous numbers, and with the number of its block and offset.
    pub(crate) fn for_each(
        self,
        out: &mut Tensor,
        inputs: [&Tensor; 2],
        work: impl Fn([&[f32]; 2], &mut [f32]) + Sync,
    ) {
        let Lines { length, step } = self;
        let block = (length * step).max(1);
        let blocks = threads::rows_per_piece(block, 16);
        let [a, b] = inputs.map(Tensor::data);
        threads::for_pieces(out.data_mut(), blocks * block, |piece, part| {
            let start = piece * blocks * block;
            if step == 1 {
                for (i, line) in part.chunks_exact_mut(length).enumerate() {
                    let at = start + i * length..start + (i + 1) * length;
                    work([&a[at.clone()], &b[at]], line);
                }
                return;
            }
            let mut buffers = [0; 3].map(|_| Tensor::uninit(length));
            for (i, block_out) in part.chunks_exact_mut(block).enumerate() {
                for offset in 0..step {
                    let [from_a, from_b, line] = &mut buffers;
                    for (buffer, source) in [(&mut *from_a, a), (&mut *from_b, b)] {
                        let source = source[start + i * block + offset..].iter().step_by(step);
                        buffer.data_mut().iter_mut().zip(source).for_each(|(to, &x)| *to = x);
                    }
                    work([from_a.data(), from_b.data()], line.data_mut());
                    let places = block_out[offset..].iter_mut().step_by(step);
                    places.zip(line.data()).for_each(|(to, &y)| *to = y);
                }
            }
        });
    }
}

/// Softmax of sign * x, the sign being 1 or -1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoftmaxOp {
    pub axis: i64,
    pub sign: f32,
}

impl Op for SoftmaxOp {
    fn name(&self) -> &'static str {
        if self.sign < 0.0 { "softmin" } else { "softmax" }
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let x = inputs[0];
        let mut out = Tensor::uninit(x.shape());
        Lines::along(self.axis, x.shape())?.for_each(&mut out, [x, x], |[x, _], out| {
            let sum = match self.sign < 0.0 {
                true => {
                    simd::map(x, out, |x| -x);
                    let most = simd::largest(out);
                    simd::map_in_place(out, |x| simd::exp(x - most));
                    simd::sum(out)
                }
                false => simd::exponentials(x, simd::largest(x), out),
            };
            let share = 1.0 / sum;
            simd::map_in_place(out, |y| y * share);
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let y = pass.output;
        let mut out = Tensor::uninit(y.shape());
        let lines = Lines::along(self.axis, y.shape())?;
        lines.for_each(&mut out, [y, &pass.gradient], |[y, dy], dx| {
            let mean = simd::dot(y, dy);
            simd::map2(y, dy, dx, |y, dy| self.sign * y * (dy - mean));
        });
        pass.give(0, out);
        Ok(())
    }
}

impl Activation for Softmax {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(SoftmaxOp { axis: self.axis, sign: 1.0 }).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::check(self.axis, sample).map(|()| sample)
    }
}
