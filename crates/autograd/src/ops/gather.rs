//! Numbers by positions along an axis: gather, scatter, and what is sorted or picked by its size.

use super::reshape;
use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Axes, Indices, Order, Tensor};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Along an axis, the numbers at the positions that `indices` hold, as [`Tensor::gather_along`] has it
/// (`torch.gather`).
///
/// # Errors
/// Indices that [`Tensor::gather_along`] refuses.
pub fn gather(tape: &mut Tape, x: Var, axis: i64, indices: &Indices) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Gather { axis, indices: indices.clone() }), &[x])
}

/// `x` with the numbers of `source` at the positions along an axis that `indices` hold (`torch.scatter`).
///
/// # Errors
/// Indices or a source that [`Tensor::scatter`] refuses.
pub fn scatter(
    tape: &mut Tape,
    x: Var,
    axis: i64,
    indices: &Indices,
    source: Var,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(Scatter { axis, indices: indices.clone() }), &[x, source])
}

/// As [`scatter`], where all numbers for one place are added to what it holds (`torch.scatter_add`).
///
/// # Errors
/// As [`scatter`].
pub fn scatter_add(
    tape: &mut Tape,
    x: Var,
    axis: i64,
    indices: &Indices,
    source: Var,
) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(ScatterAdd { axis, indices: indices.clone() }), &[x, source])
}

/// The numbers sorted along an axis, and their positions.
///
/// # Errors
/// There is no such axis. So for all operations that follow.
pub fn sort(
    tape: &mut Tape,
    x: Var,
    axis: i64,
    order: Order,
) -> Result<(Var, Indices), AutogradError> {
    let positions = tape.get(x)?.argsort(axis, order)?;
    Ok((gather(tape, x, axis, &positions)?, positions))
}

/// The `k` first numbers in an order along an axis, sorted, and their positions.
///
/// # Errors
/// There is no such axis, or it has fewer than `k` numbers.
pub fn topk(
    tape: &mut Tape,
    x: Var,
    k: usize,
    axis: i64,
    order: Order,
) -> Result<(Var, Indices), AutogradError> {
    let positions = tape.get(x)?.argtopk(k, axis, order)?;
    Ok((gather(tape, x, axis, &positions)?, positions))
}

/// The largest number along an axis, which disappears, and its position. The first of several equal ones gets all of
/// the gradient, as in `torch.max` with an axis.
///
/// # Errors
/// There is no such axis, or it is empty.
pub fn max_along(tape: &mut Tape, x: Var, axis: i64) -> Result<(Var, Indices), AutogradError> {
    let positions = tape.get(x)?.argmax(axis)?;
    pick_one(tape, x, axis, positions)
}

/// The smallest number along an axis, as [`max_along`].
///
/// # Errors
/// As [`max_along`].
pub fn min_along(tape: &mut Tape, x: Var, axis: i64) -> Result<(Var, Indices), AutogradError> {
    let positions = tape.get(x)?.argmin(axis)?;
    pick_one(tape, x, axis, positions)
}

/// The median along an axis, which disappears, and its position: of an even number of numbers the lower of the two in
/// the middle. It gets all of the gradient, as in `torch.median` with an axis.
///
/// # Errors
/// As [`max_along`].
pub fn median(tape: &mut Tape, x: Var, axis: i64) -> Result<(Var, Indices), AutogradError> {
    let positions = tape.get(x)?.argmedian(axis)?;
    pick_one(tape, x, axis, positions)
}

/// The number at one position of each lane along an axis, which disappears.
fn pick_one(
    tape: &mut Tape,
    x: Var,
    axis: i64,
    positions: Indices,
) -> Result<(Var, Indices), AutogradError> {
    let axes = Axes::from(axis);
    let shape = tape.get(x)?.shape();
    let picked = gather(tape, x, axis, &positions.reshape(axes.with_ones(shape)?)?)?;
    let reduced = axes.reduced(shape)?;
    Ok((reshape(tape, picked, reduced)?, positions.reshape(reduced)?))
}

#[derive(Debug)]
struct Gather {
    axis: i64,
    indices: Indices,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].gather_along(self.axis, &self.indices)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let zeros = Tensor::zeros(pass.inputs[0].shape());
        pass.give(0, zeros.scatter_add(self.axis, &self.indices, &pass.gradient)?);
        Ok(())
    }
}

#[derive(Debug)]
struct Scatter {
    axis: i64,
    indices: Indices,
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        "scatter"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].scatter(self.axis, &self.indices, inputs[1])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        give_source(pass, self.axis, &self.indices)?;
        let zeros = Tensor::zeros(self.indices.shape());
        pass.give(0, pass.gradient.scatter(self.axis, &self.indices, &zeros)?);
        Ok(())
    }
}

/// Gives the source of a scatter the gradients of the places that it was written to; what was not written gets 0.
fn give_source(pass: &mut Backward<'_>, axis: i64, indices: &Indices) -> Result<(), AutogradError> {
    let picked = pass.gradient.gather_along(axis, indices)?;
    let shape = pass.inputs[1].shape();
    if picked.shape() == shape {
        pass.give(1, picked);
        return Ok(());
    }
    let corner: Vec<_> =
        indices.dims().iter().map(|&size| relume_tensor::Index::from(0..size as i64)).collect();
    let mut gradient = Tensor::zeros(shape);
    gradient.set_index(&corner, &picked)?;
    pass.give(1, gradient);
    Ok(())
}

#[derive(Debug)]
struct ScatterAdd {
    axis: i64,
    indices: Indices,
}

impl Op for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(inputs[0].scatter_add(self.axis, &self.indices, inputs[1])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        give_source(pass, self.axis, &self.indices)?;
        let gradient = pass.take_gradient();
        pass.give(0, gradient);
        Ok(())
    }
}
