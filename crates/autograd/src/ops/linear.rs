//! An operation of one input that is linear in it, from its value and what brings a gradient back.

use crate::{AutogradError, Backward, Inputs, Op, Saved, Tape, Var};
use relume_tensor::{Shape, Tensor, TensorError};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// A linear operation: `value` makes the result, and `transposed` the gradient of the input, whose shape it is given,
/// from that of the result.
pub(super) struct Linear<V, T> {
    name: &'static str,
    value: V,
    transposed: T,
}

impl<V, T> fmt::Debug for Linear<V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<V, T> Linear<V, T>
where
    V: Fn(&Tensor) -> Result<Tensor, TensorError> + Send + Sync + 'static,
    T: Fn(&Tensor, Shape) -> Result<Tensor, TensorError> + Send + Sync + 'static,
{
    pub fn new(name: &'static str, value: V, transposed: T) -> Self {
        Linear { name, value, transposed }
    }

    pub fn apply(self, tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
        tape.apply(Arc::new(self), &[x])
    }
}

impl<V, T> Op for Linear<V, T>
where
    V: Fn(&Tensor) -> Result<Tensor, TensorError> + Send + Sync,
    T: Fn(&Tensor, Shape) -> Result<Tensor, TensorError> + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok((self.value)(inputs[0])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let gradient = (self.transposed)(&pass.gradient, pass.inputs[0].shape())?;
        pass.give(0, gradient);
        Ok(())
    }
}
