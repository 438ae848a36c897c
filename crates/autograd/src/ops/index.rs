//! Indexing, assignment to an index, and conditions.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Index, Tensor};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// What the indices pick of `x` (`x[index]`), as [`Tensor::index`] has it. A number that is picked twice gets both
/// gradients.
///
/// # Errors
/// Indices that [`Tensor::index`] refuses.
pub fn index(tape: &mut Tape, x: Var, index: &[Index]) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(AtIndex { index: index.to_vec() }), &[x])
}

/// `x` with `value`, broadcast, in place of what the indices pick (`x[index] = value`).
///
/// # Errors
/// Indices or a value that [`Tensor::set_index`] refuses.
pub fn set_index(
    tape: &mut Tape,
    x: Var,
    index: &[Index],
    value: Var,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(SetIndex { index: index.to_vec() }), &[x, value])
}

/// The numbers of `a` where `condition`, of 0 and 1, is 1, and those of `b` where it is 0 (`torch.where`). The
/// condition has no gradient.
///
/// # Errors
/// Conditions or shapes that [`Tensor::where_else`] refuses.
pub fn where_else(
    tape: &mut Tape,
    condition: &Tensor,
    a: Var,
    b: Var,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Where { condition: condition.clone() }), &[a, b])
}

#[derive(Debug)]
struct AtIndex {
    index: Vec<Index>,
}

impl Op for AtIndex {
    fn name(&self) -> &'static str {
        "index"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].index(&self.index)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let mut gradient = Tensor::zeros(pass.inputs[0].shape());
        gradient.add_index(&self.index, &pass.gradient)?;
        pass.give(0, gradient);
        Ok(())
    }
}

#[derive(Debug)]
struct SetIndex {
    index: Vec<Index>,
}

impl Op for SetIndex {
    fn name(&self) -> &'static str {
        "assignment to an index"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let mut out = inputs[0].clone();
        out.set_index(&self.index, inputs[1])?;
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let value = pass.inputs[1].shape();
        pass.give(1, pass.gradient.index(&self.index)?.sum_to(value)?);
        let mut gradient = pass.take_gradient();
        gradient.set_index(&self.index, &Tensor::scalar(0.0))?;
        pass.give(0, gradient);
        Ok(())
    }
}

#[derive(Debug)]
struct Where {
    condition: Tensor,
}

impl Op for Where {
    fn name(&self) -> &'static str {
        "where"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.condition.where_else(inputs[0], inputs[1])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let zero = Tensor::scalar(0.0);
        let [a, b] = [pass.inputs[0].shape(), pass.inputs[1].shape()];
        pass.give(0, self.condition.where_else(&pass.gradient, &zero)?.sum_to(a)?);
        pass.give(1, self.condition.where_else(&zero, &pass.gradient)?.sum_to(b)?);
        Ok(())
    }
}
