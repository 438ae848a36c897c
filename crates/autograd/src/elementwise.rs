//! Element-wise functions, from a value and a derivative.

use crate::{AutogradError, Backward, Inputs, Op, Pointwise, Saved};
use relume_tensor::Tensor;
use relume_tensor::simd::{Kernel, dispatch};
use relume_tensor::threads::{PIECE, for_pieces};
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// What a derivative is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerivativeOf {
    /// The function's argument.
    Input,
    /// The function's value.
    Output,
}

/// A function of one number with its derivative.
///
/// Both methods should be `#[inline(always)]`, so that the loops they run in vectorise.
pub trait Elementwise: Copy + Debug + Send + Sync + 'static {
    /// The name in error messages.
    const NAME: &'static str;
    /// What [`Elementwise::derivative`] takes.
    const DERIVATIVE_OF: DerivativeOf;
    /// The function.
    fn value(self, x: f32) -> f32;
    /// The derivative, from the input or the output as [`Elementwise::DERIVATIVE_OF`] says.
    fn derivative(self, at: f32) -> f32;
}

/// The operation that applies a function to each element.
#[derive(Clone, Copy, Debug)]
pub struct Map<E>(pub E);

// The loops call the function by its type, not through a closure. Only inlined code is compiled for the instruction
// set, and the compiler does not inline long closures (gelu as one ran sixty times slower).

struct Values<'a, E> {
    function: E,
    x: &'a [f32],
    to: &'a mut [f32],
}

impl<E: Elementwise> Kernel for Values<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.to.iter_mut().zip(self.x) {
            *y = self.function.value(x);
        }
    }
}

/// Multiplies gradients by the derivative.
struct Derivatives<'a, E> {
    function: E,
    /// Inputs or outputs, as [`Elementwise::DERIVATIVE_OF`] says.
    at: &'a [f32],
    gradients: &'a mut [f32],
}

impl<E: Elementwise> Kernel for Derivatives<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (g, &at) in self.gradients.iter_mut().zip(self.at) {
            *g *= self.function.derivative(at);
        }
    }
}

impl<E: Elementwise> Pointwise for Map<E> {
    fn values(&self, x: &[f32], to: &mut [f32]) {
        dispatch(Values { function: self.0, x, to });
    }

    fn multiply_by_derivatives(&self, x: &[f32], y: &[f32], gradients: &mut [f32]) {
        let at = match E::DERIVATIVE_OF {
            DerivativeOf::Input => x,
            DerivativeOf::Output => y,
        };
        dispatch(Derivatives { function: self.0, at, gradients });
    }
}

impl<E: Elementwise> Op for Map<E> {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn pointwise(&self) -> Option<&dyn Pointwise> {
        Some(self)
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let x = inputs[0].data();
        let mut out = Tensor::uninit(inputs[0].shape());
        for_pieces(out.data_mut(), PIECE, |i, part| {
            dispatch(Values { function: self.0, x: &x[i * PIECE..][..part.len()], to: part });
        });
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let at = match E::DERIVATIVE_OF {
            DerivativeOf::Input => pass.inputs[0],
            DerivativeOf::Output => pass.output,
        };
        let mut gradient = pass.take_gradient();
        for_pieces(gradient.data_mut(), PIECE, |i, part| {
            let at = &at.data()[i * PIECE..][..part.len()];
            dispatch(Derivatives { function: self.0, at, gradients: part });
        });
        pass.give(0, gradient);
        Ok(())
    }
}
