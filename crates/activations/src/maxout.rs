//! Maxout: the largest of each group of neighbours along an axis.

use crate::{Activation, Facts, InputMismatch, axis, checked_op};
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::threads::{for_pieces, rows_per_piece};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Keeps the largest of each group of neighbours along an axis.
///
/// y_i = max(x_{i k}, ..., x_{i k + k - 1}) with k = pieces: 16 features become 8 with pieces=2. The gradient goes to
/// the largest of each group, the first of equals; the others get none. Range: all numbers. After a dense layer it is a
/// convex function that is learned; on images axis=1 compares channels. Goodfellow and others, "Maxout networks", 2013.
///
/// ```relume
/// net = dense(16) -> maxout(pieces=4) -> dense(2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Maxout {
    /// How many neighbours make a group.
    #[spec(default = 2, range = 2..)]
    pub pieces: usize,
    /// The axis; -1 is the last.
    ///
    /// The batch's axis counts as 0.
    #[spec(default = -1, range = -6..=5)]
    pub axis: i64,
}

#[derive(Clone, Copy, Debug)]
struct MaxoutOp {
    pieces: usize,
    axis: i64,
}

impl MaxoutOp {
    /// The output's shape, and the distance between the numbers of a group.
    fn groups(self, shape: Shape) -> Result<(Shape, usize), AutogradError> {
        let MaxoutOp { pieces, axis } = self;
        let place = axis::place(axis, shape)?;
        let size = shape[place];
        if !size.is_multiple_of(pieces) {
            return Err(AutogradError::Value {
                operation: "maxout",
                problem: format!("{pieces} does not divide axis {axis} of {shape}"),
            });
        }
        Ok((shape.with_axis(place, size / pieces), shape.tail(place + 1).count()))
    }
}

/// For each group of `pieces` lines of `step` numbers the largest at each place.
struct Values<'a>(usize, usize, &'a [f32], &'a mut [f32]);

impl Kernel for Values<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Values(pieces, step, x, out) = self;
        for (out, group) in out.chunks_exact_mut(step).zip(x.chunks_exact(pieces * step)) {
            out.copy_from_slice(&group[..step]);
            for rival in group[step..].chunks_exact(step) {
                for (y, &x) in out.iter_mut().zip(rival) {
                    // A NaN counts as the largest.
                    *y = if x > *y || x.is_nan() { x } else { *y };
                }
            }
        }
    }
}

struct Gradients<'a>(usize, usize, [&'a [f32]; 3], &'a mut [f32]);

impl Kernel for Gradients<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Gradients(pieces, step, [x, y, dy], dx) = self;
        let groups = x.chunks_exact(pieces * step).zip(dx.chunks_exact_mut(pieces * step));
        let results = y.chunks_exact(step).zip(dy.chunks_exact(step));
        for ((x, dx), (y, dy)) in groups.zip(results) {
            for i in 0..step {
                let mut left = dy[i];
                for at in (i..pieces * step).step_by(step) {
                    let won = x[at] == y[i] || x[at].is_nan();
                    dx[at] = if won { left } else { 0.0 };
                    left = if won { 0.0 } else { left };
                }
            }
        }
    }
}

impl Op for MaxoutOp {
    fn name(&self) -> &'static str {
        "maxout"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (shape, step) = self.groups(inputs[0].shape())?;
        let x = inputs[0].data();
        let mut out = Tensor::uninit(shape);
        if out.count() == 0 {
            return Ok(out);
        }
        let piece = step * rows_per_piece(self.pieces * step, 2);
        for_pieces(out.data_mut(), piece, |i, part| {
            let x = &x[i * piece * self.pieces..][..part.len() * self.pieces];
            dispatch(Values(self.pieces, step, x, part));
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (_, step) = self.groups(pass.inputs[0].shape())?;
        let mut dx = Tensor::uninit(pass.inputs[0].shape());
        let x = pass.inputs[0].data();
        if x.is_empty() {
            pass.give(0, dx);
            return Ok(());
        }
        let outputs = [pass.output.data(), pass.gradient.data()];
        let piece = step * rows_per_piece(self.pieces * step, 2);
        for_pieces(dx.data_mut(), piece * self.pieces, |i, part| {
            let x = &x[i * piece * self.pieces..][..part.len()];
            let [y, dy] = outputs.map(|all| &all[i * piece..][..part.len() / self.pieces]);
            dispatch(Gradients(self.pieces, step, [x, y, dy], part));
        });
        pass.give(0, dx);
        Ok(())
    }
}

impl Activation for Maxout {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(MaxoutOp { pieces: self.pieces, axis: self.axis }).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }

    fn output(&self, sample: Shape) -> Result<Shape, InputMismatch> {
        axis::shrunk(self.axis, self.pieces, sample)
    }
}
