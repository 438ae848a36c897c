//! Operations that move elements and change none.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Shape, Tensor};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The same elements in another shape.
///
/// # Errors
/// The shapes hold different counts.
pub fn reshape(tape: &mut Tape, x: Var, shape: Shape) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Reshape(shape)), &[x])
}

/// All axes but the first joined: `[batch, channels, height, width]` becomes `[batch, features]`.
///
/// # Errors
/// A single number has no first axis.
pub fn flatten(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Flatten as &'static dyn Op, &[x])
}

/// A matrix with rows and columns exchanged.
///
/// # Errors
/// Not a matrix.
pub fn transpose(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Transpose as &'static dyn Op, &[x])
}

/// The axes in another order: axis `i` of the result is axis `order[i]` of `x`.
///
/// # Errors
/// Not an order of all axes.
pub fn permute(tape: &mut Tape, x: Var, order: &[usize]) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Permute { order: order.to_vec() }), &[x])
}

/// The indices `start..end` of an axis.
///
/// # Errors
/// No such axis or index.
pub fn slice(
    tape: &mut Tape,
    x: Var,
    axis: usize,
    start: usize,
    end: usize,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Slice { axis, start, end }), &[x])
}

/// Values joined along an axis.
///
/// # Errors
/// Sizes that differ along other axes.
pub fn concat(tape: &mut Tape, inputs: &[Var], axis: usize) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Concat { axis }), inputs)
}

#[derive(Debug)]
struct Reshape(Shape);

impl Op for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].reshape(self.0)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        give_reshaped(pass)
    }
}

/// Gives the input the gradient in its shape.
fn give_reshaped(pass: &mut Backward<'_>) -> Result<(), AutogradError> {
    let shape = pass.inputs[0].shape();
    let gradient = pass.take_gradient().reshape(shape)?;
    pass.give(0, gradient);
    Ok(())
}

#[derive(Debug)]
struct Flatten;

impl Op for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let shape = inputs[0].shape();
        match shape.first() {
            Some(&batch) => Ok(inputs[0].reshape([batch, shape.tail(1).count()])?),
            None => {
                let problem = "a single number has no axes to flatten".to_string();
                Err(AutogradError::Value { operation: "flatten", problem })
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        give_reshaped(pass)
    }
}

#[derive(Debug)]
struct Transpose;

impl Op for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].transpose()?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, pass.gradient.transpose()?);
        Ok(())
    }
}

/// The axes in another order: axis `i` of the result is axis `order[i]` of the input.
#[derive(Clone, Debug)]
pub struct Permute {
    /// The order of all axes.
    pub order: Vec<usize>,
}

impl Op for Permute {
    fn name(&self) -> &'static str {
        "permute"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].permute(&self.order)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut back = [0; Shape::MAX_RANK];
        self.order.iter().enumerate().for_each(|(to, &from)| back[from] = to);
        pass.give(0, pass.gradient.permute(&back[..self.order.len()])?);
        Ok(())
    }
}

/// The indices `start..end` of an axis.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The axis.
    pub axis: usize,
    /// The first index.
    pub start: usize,
    /// One more than the last index.
    pub end: usize,
}

impl Op for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].slice(self.axis, self.start, self.end)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let before = Tensor::zeros(shape.with_axis(self.axis, self.start));
        let after = Tensor::zeros(shape.with_axis(self.axis, shape[self.axis] - self.end));
        pass.give(0, Tensor::concat(&[&before, &pass.gradient, &after], self.axis)?);
        Ok(())
    }
}

/// The inputs joined along an axis.
#[derive(Clone, Copy, Debug)]
pub struct Concat {
    /// The axis.
    pub axis: usize,
}

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=usize::MAX
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(Tensor::concat(&inputs, self.axis)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut start = 0;
        for i in 0..pass.inputs.len() {
            let end = start + pass.inputs[i].shape()[self.axis];
            if pass.wants(i) {
                pass.give(i, pass.gradient.slice(self.axis, start, end)?);
            }
            start = end;
        }
        Ok(())
    }
}
