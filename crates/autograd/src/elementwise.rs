//! Functions of each number for itself, from a value and a derivative.

use crate::{AutogradError, Backward, Op, Saved};
use relume_tensor::Tensor;
use std::fmt::Debug;

/// What a derivative is most easily computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivativeOf {
    /// The function's argument.
    Input,
    /// The function's value.
    Output,
}

/// A function of one number with its derivative.
///
/// Both methods are to be `#[inline(always)]`, so that the loops they run in vectorise.
pub trait Elementwise: Copy + Debug + Send + Sync + 'static {
    /// The name in error messages.
    const NAME: &'static str;
    /// What [`Elementwise::derivative`] is given.
    const DERIVATIVE_OF: DerivativeOf;
    /// The function.
    fn value(self, x: f32) -> f32;
    /// The derivative, from the input or the output as [`Elementwise::DERIVATIVE_OF`] says.
    fn derivative(self, at: f32) -> f32;
}

/// The operation that applies a function to each number.
#[derive(Clone, Copy, Debug)]
pub struct Map<E>(pub E);

impl<E: Elementwise> Op for Map<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn forward(&self, inputs: &[&Tensor], _: &mut Saved) -> Result<Tensor, AutogradError> {
        let function = self.0;
        Ok(inputs[0].map(move |x| function.value(x)))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let at = match E::DERIVATIVE_OF {
            DerivativeOf::Input => pass.inputs[0],
            DerivativeOf::Output => pass.output,
        };
        let mut gradient = pass.take_gradient();
        let function = self.0;
        gradient.zip_in_place(at, E::NAME, move |g, at| g * function.derivative(at))?;
        pass.give(0, gradient);
        Ok(())
    }
}
