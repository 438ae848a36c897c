//! Running sums and products.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::Tensor;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The sum of each number and all before it along an axis.
///
/// # Errors
/// There is no such axis.
pub fn cumsum(tape: &mut Tape, x: Var, axis: i64) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Cumsum { axis }), &[x])
}

/// The product of each number and all before it along an axis. The gradients are right with zeros among the numbers.
///
/// # Errors
/// There is no such axis.
pub fn cumprod(tape: &mut Tape, x: Var, axis: i64) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Cumprod { axis }), &[x])
}

#[derive(Debug)]
struct Cumsum {
    axis: i64,
}

impl Op for Cumsum {
    fn name(&self) -> &'static str {
        "cumsum"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].cumsum(self.axis)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, pass.gradient.cumsum_backward(self.axis)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Cumprod {
    axis: i64,
}

impl Op for Cumprod {
    fn name(&self) -> &'static str {
        "cumprod"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].cumprod(self.axis)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, pass.inputs[0].cumprod_backward(self.axis, &pass.gradient)?);
        Ok(())
    }
}
