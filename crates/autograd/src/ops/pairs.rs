//! Functions of two numbers, with broadcasting.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Tensor, math};
use std::ops::RangeInclusive;

/// The larger of two numbers, NaN if one is. Of equal numbers each gets half of the gradient, as in PyTorch.
///
/// # Errors
/// Shapes that do not broadcast. So for all operations of this file.
pub fn maximum(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&MAXIMUM as &'static dyn Op, &[a, b])
}

/// The smaller of two numbers, as [`maximum`].
pub fn minimum(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&MINIMUM as &'static dyn Op, &[a, b])
}

/// The remainder of `a / b` with the sign of `b`: Python's `%`.
pub fn remainder(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&REMAINDER as &'static dyn Op, &[a, b])
}

/// The remainder of `a / b` with the sign of `a`.
pub fn fmod(tape: &mut Tape, a: Var, b: Var) -> Result<Var, AutogradError> {
    tape.apply(&FMOD as &'static dyn Op, &[a, b])
}

/// A function of two numbers with its derivatives by both.
#[derive(Debug)]
struct Pairwise {
    name: &'static str,
    value: fn(f32, f32) -> f32,
    slopes: [fn(f32, f32) -> f32; 2],
}

/// 1, 1/2 or 0: the share of the first number in the larger of both. Beside NaN it is 1, as in PyTorch.
fn share_of_larger(a: f32, b: f32) -> f32 {
    if a == b {
        0.5
    } else if a < b {
        0.0
    } else {
        1.0
    }
}

static MAXIMUM: Pairwise = Pairwise {
    name: "maximum",
    value: math::maximum,
    slopes: [share_of_larger, |a, b| share_of_larger(b, a)],
};
static MINIMUM: Pairwise = Pairwise {
    name: "minimum",
    value: math::minimum,
    slopes: [|a, b| share_of_larger(b, a), share_of_larger],
};
static REMAINDER: Pairwise = Pairwise {
    name: "remainder",
    value: math::remainder,
    slopes: [|_, _| 1.0, |a, b| -(a / b).floor()],
};
static FMOD: Pairwise =
    Pairwise { name: "fmod", value: math::fmod, slopes: [|_, _| 1.0, |a, b| -(a / b).trunc()] };

impl Op for Pairwise {
    fn name(&self) -> &'static str {
        self.name
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].broadcast_with(inputs[1], self.name, self.value)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let [a, b] = [pass.inputs[0], pass.inputs[1]];
        for (i, slope) in self.slopes.into_iter().enumerate() {
            if pass.wants(i) {
                let slopes = a.broadcast_with(b, self.name, slope)?;
                let product = slopes.zip(&pass.gradient, self.name, |slope, g| slope * g)?;
                pass.give(i, product.sum_to(pass.inputs[i].shape())?);
            }
        }
        Ok(())
    }
}
