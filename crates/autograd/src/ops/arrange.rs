//! Tensors joined, cut, padded, repeated and turned around, by PyTorch's arguments.

use super::linear::Linear;
use super::{concat, reshape, slice};
use crate::{AutogradError, Tape, Var};
use relume_tensor::{Shape, Tensor};

/// The same numbers in a shape of these sizes, of which one may be -1: the size that is left over (`torch.reshape`).
///
/// # Errors
/// Sizes that [`Shape::reshaped`] refuses.
pub fn reshape_to(tape: &mut Tape, x: Var, sizes: &[i64]) -> Result<Var, AutogradError> {
    let shape = tape.get(x)?.shape().reshaped(sizes)?;
    reshape(tape, x, shape)
}

/// The axes from `start` up to `end`, which is included, as one (`torch.flatten`, whose defaults are 0 and -1).
///
/// # Errors
/// There is no such axis, or `end` comes before `start`.
pub fn flatten_axes(tape: &mut Tape, x: Var, start: i64, end: i64) -> Result<Var, AutogradError> {
    let shape = tape.get(x)?.shape().flattened(start, end)?;
    reshape(tape, x, shape)
}

/// A new axis of size 1, which the number names in the result (`torch.unsqueeze`).
///
/// # Errors
/// A place beyond the axes, or too many axes.
pub fn unsqueeze(tape: &mut Tape, x: Var, axis: i64) -> Result<Var, AutogradError> {
    let shape = tape.get(x)?.shape().unsqueezed(axis)?;
    reshape(tape, x, shape)
}

/// Without the named axes that have size 1; without all of those if none is named (`torch.squeeze`).
///
/// # Errors
/// There is no such axis.
pub fn squeeze(tape: &mut Tape, x: Var, axes: &[i64]) -> Result<Var, AutogradError> {
    let shape = tape.get(x)?.shape().squeezed(axes)?;
    reshape(tape, x, shape)
}

/// Two axes exchanged (`torch.transpose`).
///
/// # Errors
/// There is no such axis.
pub fn swap_axes(tape: &mut Tape, x: Var, a: i64, b: i64) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.swap_axes(a, b);
    Linear::new("transpose", value, move |g, _| g.swap_axes(a, b)).apply(tape, x)
}

/// Values broadcast to a larger shape (`torch.broadcast_to`).
///
/// # Errors
/// A shape to which that of `x` does not broadcast, or a result that does not fit into memory.
pub fn broadcast_to(tape: &mut Tape, x: Var, shape: Shape) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.broadcast_to(shape);
    Linear::new("broadcast_to", value, |g, own| g.sum_to(own)).apply(tape, x)
}

/// Values of one shape side by side along a new axis, which the number names in the result (`torch.stack`).
///
/// # Errors
/// No values, other shapes, a place beyond the axes, or too many axes.
pub fn stack(tape: &mut Tape, inputs: &[Var], axis: i64) -> Result<Var, AutogradError> {
    let shapes = inputs.iter().map(|&input| Ok(tape.get(input)?.shape()));
    let shapes: Vec<Shape> = shapes.collect::<Result<_, AutogradError>>()?;
    let place = Shape::stacked(&shapes, axis)?.axis(axis)?;
    let wider = inputs.iter().map(|&input| unsqueeze(tape, input, axis));
    let wider: Vec<Var> = wider.collect::<Result<_, _>>()?;
    concat(tape, &wider, place)
}

/// Parts of these sizes along an axis (`torch.split`).
///
/// # Errors
/// There is no such axis, or the sizes do not add up to its own.
pub fn split(
    tape: &mut Tape,
    x: Var,
    sizes: &[usize],
    axis: i64,
) -> Result<Vec<Var>, AutogradError> {
    let shape = tape.get(x)?.shape();
    let axis = shape.axis(axis)?;
    shape.check_split(axis, sizes)?;
    let mut start = 0;
    let parts = sizes.iter().map(|&size| {
        start += size;
        slice(tape, x, axis, start - size, start)
    });
    parts.collect()
}

/// So many parts along an axis; the last ones are smaller or left out if it does not divide (`torch.chunk`).
///
/// # Errors
/// There is no such axis, or no chunks are asked for.
pub fn chunk(tape: &mut Tape, x: Var, chunks: usize, axis: i64) -> Result<Vec<Var>, AutogradError> {
    let sizes = tape.get(x)?.shape().chunk_sizes(chunks, axis)?;
    split(tape, x, &sizes, axis)
}

/// Axes turned around: all of them if none is named (`torch.flip`).
///
/// # Errors
/// There is no such axis.
pub fn flip(tape: &mut Tape, x: Var, axes: &[i64]) -> Result<Var, AutogradError> {
    let (axes, same) = (axes.to_vec(), axes.to_vec());
    let value = move |x: &Tensor| x.flip(&axes);
    Linear::new("flip", value, move |g, _| g.flip(&same)).apply(tape, x)
}

/// All numbers moved `shift` places on along an axis; those that leave it at the end come back at the start
/// (`torch.roll`).
///
/// # Errors
/// There is no such axis.
pub fn roll(tape: &mut Tape, x: Var, shift: i64, axis: i64) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.roll(shift, axis);
    let transposed = move |g: &Tensor, _| g.roll(shift.saturating_neg(), axis);
    Linear::new("roll", value, transposed).apply(tape, x)
}

/// The tensor repeated along each axis, so many times; new axes come in front (`torch.repeat`, `torch.tile`).
///
/// # Errors
/// Fewer counts than axes, or a result with too many axes or numbers.
pub fn repeat(tape: &mut Tape, x: Var, counts: &[usize]) -> Result<Var, AutogradError> {
    let (counts, same) = (counts.to_vec(), counts.to_vec());
    let value = move |x: &Tensor| x.repeat(&counts);
    let transposed = move |g: &Tensor, shape| g.sum_repeats(&same, shape);
    Linear::new("repeat", value, transposed).apply(tape, x)
}

/// `value` before and after the last axes, in so many places each, as [`Tensor::pad`] has it.
///
/// # Errors
/// More pairs than axes, or a result that does not fit into memory.
pub fn pad(
    tape: &mut Tape,
    x: Var,
    padding: &[[usize; 2]],
    value: f32,
) -> Result<Var, AutogradError> {
    let (padding, same) = (padding.to_vec(), padding.to_vec());
    let padded = move |x: &Tensor| x.pad(&padding, value);
    let transposed = move |g: &Tensor, shape| g.unpad(&same, shape);
    Linear::new("pad", padded, transposed).apply(tape, x)
}

/// Of a vector the matrix with it on a diagonal; of a matrix the diagonal as a vector (`torch.diag`).
///
/// # Errors
/// Neither a vector nor a matrix.
pub fn diag(tape: &mut Tape, x: Var, diagonal: i64) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.diag(diagonal);
    let transposed = move |g: &Tensor, shape| g.diag_backward(diagonal, shape);
    Linear::new("diag", value, transposed).apply(tape, x)
}

/// The matrices of the last two axes with zeros above a diagonal (`torch.tril`).
///
/// # Errors
/// Fewer than two axes.
pub fn tril(tape: &mut Tape, x: Var, diagonal: i64) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.tril(diagonal);
    Linear::new("tril", value, move |g, _| g.tril(diagonal)).apply(tape, x)
}

/// The matrices of the last two axes with zeros below a diagonal (`torch.triu`).
///
/// # Errors
/// Fewer than two axes.
pub fn triu(tape: &mut Tape, x: Var, diagonal: i64) -> Result<Var, AutogradError> {
    let value = move |x: &Tensor| x.triu(diagonal);
    Linear::new("triu", value, move |g, _| g.triu(diagonal)).apply(tape, x)
}
