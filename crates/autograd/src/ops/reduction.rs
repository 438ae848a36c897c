//! Sums and means.

use crate::{AutogradError, Backward, Inputs, Op, OpRef, Saved, Tape, Var};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sum of all elements.
///
/// # Errors
/// A value of another tape.
pub fn sum(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Sum as &'static dyn Op, &[x])
}

/// The mean of all elements; NaN if there are none, as in PyTorch.
///
/// # Errors
/// A value of another tape.
pub fn mean(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Mean as &'static dyn Op, &[x])
}

/// The sum over one axis, which is removed.
///
/// # Errors
/// There is no such axis.
pub fn sum_axis(tape: &mut Tape, x: Var, axis: usize) -> Result<Var, AutogradError> {
    tape.apply(along(axis, false), &[x])
}

/// The mean over one axis, which is removed.
///
/// # Errors
/// There is no such axis.
pub fn mean_axis(tape: &mut Tape, x: Var, axis: usize) -> Result<Var, AutogradError> {
    tape.apply(along(axis, true), &[x])
}

#[derive(Debug)]
struct Sum;

impl Op for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(Tensor::scalar(inputs[0].sum()))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let g = pass.gradient.sum();
        pass.give(0, Tensor::full(pass.inputs[0].shape(), g));
        Ok(())
    }
}

#[derive(Debug)]
struct Mean;

impl Op for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(Tensor::scalar(inputs[0].mean()))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let g = pass.gradient.sum() / pass.inputs[0].count() as f32;
        pass.give(0, Tensor::full(pass.inputs[0].shape(), g));
        Ok(())
    }
}

#[derive(Debug)]
struct AlongAxis {
    axis: usize,
    mean: bool,
}

/// One operation for each axis that a tensor can have, so that recording one allocates nothing.
static SUMS: [AlongAxis; Shape::MAX_RANK] = every_axis(false);
static MEANS: [AlongAxis; Shape::MAX_RANK] = every_axis(true);

const fn every_axis(mean: bool) -> [AlongAxis; Shape::MAX_RANK] {
    let mut all = [const { AlongAxis { axis: 0, mean: false } }; Shape::MAX_RANK];
    let mut axis = 0;
    while axis < all.len() {
        all[axis] = AlongAxis { axis, mean };
        axis += 1;
    }
    all
}

fn along(axis: usize, mean: bool) -> OpRef {
    match (if mean { &MEANS } else { &SUMS }).get(axis) {
        Some(op) => OpRef::Static(op),
        // No tensor has such an axis: the operation refuses it.
        None => Arc::new(AlongAxis { axis, mean }).into(),
    }
}

impl Op for AlongAxis {
    fn name(&self) -> &'static str {
        if self.mean { "mean" } else { "sum" }
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(match self.mean {
            true => inputs[0].mean_axis(self.axis)?,
            false => inputs[0].sum_axis(self.axis)?,
        })
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let mut gradient =
            pass.gradient.reshape(shape.with_axis(self.axis, 1))?.broadcast_to(shape)?;
        if self.mean {
            gradient.scale(1.0 / shape[self.axis] as f32);
        }
        pass.give(0, gradient);
        Ok(())
    }
}
