//! Sums and means.

use crate::{AutogradError, Backward, Op, Saved, Tape, Var};
use relume_tensor::Tensor;
use std::sync::Arc;

/// The sum of all numbers.
///
/// # Errors
/// None.
pub fn sum(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Sum as &'static dyn Op, &[x])
}

/// The mean of all numbers.
///
/// # Errors
/// None.
pub fn mean(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Mean as &'static dyn Op, &[x])
}

/// The sum over one axis, which disappears.
///
/// # Errors
/// There is no such axis.
pub fn sum_axis(tape: &mut Tape, x: Var, axis: usize) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(AlongAxis { axis, mean: false }), &[x])
}

/// The mean over one axis, which disappears.
///
/// # Errors
/// There is no such axis.
pub fn mean_axis(tape: &mut Tape, x: Var, axis: usize) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(AlongAxis { axis, mean: true }), &[x])
}

#[derive(Debug)]
struct Sum;

impl Op for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
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

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
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

impl Op for AlongAxis {
    fn name(&self) -> &'static str {
        if self.mean { "mean" } else { "sum" }
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
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
