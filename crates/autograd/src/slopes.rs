//! Values and slopes of functions that work number by number.

use crate::{AutogradError, OpRef, Tape};
use relume_tensor::Tensor;

/// The values of an operation at numbers, and its slope at each of them, in the shape of `x`. The operation maps each
/// number for itself; its other inputs are `parameters`. One that gives no gradient has slopes of 0.
///
/// # Errors
/// Inputs that the operation refuses, or an output of another shape.
pub fn values_and_slopes(
    op: &OpRef,
    x: &Tensor,
    parameters: &[Tensor],
) -> Result<[Tensor; 2], AutogradError> {
    let mut tape = Tape::new();
    let var = tape.variable(x.clone());
    let mut inputs = vec![var];
    inputs.extend(parameters.iter().map(|own| tape.constant(own.clone())));
    let y = tape.apply(op, &inputs)?;
    tape.backward_from(y, Tensor::ones(x.shape()))?;
    let slopes = tape.take_gradient(var).unwrap_or_else(|| Tensor::zeros(x.shape()));
    Ok([tape.get(y)?.clone(), slopes])
}
