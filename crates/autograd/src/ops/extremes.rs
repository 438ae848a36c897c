//! Maxima and bounds.

use crate::{
    AutogradError, Backward, DerivativeOf, Elementwise, Inputs, Map, Op, Saved, Tape, Var,
};
use relume_tensor::{Tensor, simd};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The largest element; NaN if there is one. Equal largest elements share the gradient evenly, as in PyTorch.
///
/// # Errors
/// There are no elements.
pub fn max(tape: &mut Tape, x: Var) -> Result<Var, AutogradError> {
    tape.apply(&Max as &'static dyn Op, &[x])
}

/// The largest element along one axis, which is removed. The first of several equal ones gets all of the gradient.
///
/// # Errors
/// There is no such axis, or it is empty.
pub fn max_axis(tape: &mut Tape, x: Var, axis: usize) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(MaxAxis { axis }), &[x])
}

/// Each element, or the bound that it exceeds (`torch.clip`); `high` if the bounds are in the wrong order. The
/// derivative is 1 between the bounds and 0 on and outside of them. An infinite bound bounds nothing.
///
/// # Errors
/// None.
pub fn clamp(tape: &mut Tape, x: Var, low: f32, high: f32) -> Result<Var, AutogradError> {
    tape.apply(Arc::new(clamped(low, high)), &[x])
}

/// The operation of [`clamp`], which is a function of each number: [`Op::pointwise`].
pub fn clamped(low: f32, high: f32) -> impl Op {
    Map(Clamp { low, high })
}

#[derive(Debug)]
struct Max;

impl Op for Max {
    fn name(&self) -> &'static str {
        "max"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        if inputs[0].count() == 0 {
            let problem = format!("a tensor of shape {} has no largest element", inputs[0].shape());
            return Err(AutogradError::Value { operation: self.name(), problem });
        }
        Ok(Tensor::scalar(inputs[0].max()))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let most = pass.output.data()[0];
        let is_most = move |x: f32| x == most || x.is_nan() && most.is_nan();
        let x = pass.inputs[0];
        let count = x.data().iter().filter(|&&x| is_most(x)).count();
        let share = pass.gradient.sum() / count as f32;
        pass.give(0, x.map(|x| if is_most(x) { share } else { 0.0 }));
        Ok(())
    }
}

#[derive(Debug)]
struct MaxAxis {
    axis: usize,
}

impl Op for MaxAxis {
    fn name(&self) -> &'static str {
        "max"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    /// Saves the indices of the largest elements.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        saved.push_indices(inputs[0].argmax_axis(self.axis)?.0);
        Ok(inputs[0].max_axis(self.axis)?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let shape = pass.inputs[0].shape();
        let (length, step) = (shape[self.axis], shape.tail(self.axis + 1).count());
        let mut gradient = Tensor::zeros(shape);
        let positions = pass.saved.indices()[0].data();
        for (at, (g, &index)) in pass.gradient.data().iter().zip(positions).enumerate() {
            let (block, offset) = (at / step, at % step);
            gradient.data_mut()[(block * length + index as usize) * step + offset] = *g;
        }
        pass.give(0, gradient);
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
struct Clamp {
    low: f32,
    high: f32,
}

impl Elementwise for Clamp {
    const NAME: &'static str = "clamp";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::clamp(x, self.low, self.high)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        if x <= self.low || x >= self.high { 0.0 } else { 1.0 }
    }
}
