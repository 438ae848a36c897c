//! The rectified linear unit, max(0, x).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// 0 for negative numbers, the number itself for others.
///
/// f(x) = max(0, x); f'(x) = 0 for x <= 0, 1 above. Range: [0, ∞). Blocks every gradient below 0: a unit that is never
/// positive is dead. Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
///
/// ```relume
/// relu([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Relu {}

impl Elementwise for Relu {
    const NAME: &'static str = "relu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        if x < 0.0 { 0.0 } else { x }
    }

    #[inline(always)]
    fn derivative(self, y: f32) -> f32 {
        // In this order, a NaN lets the gradient pass, as in PyTorch.
        if y <= 0.0 { 0.0 } else { 1.0 }
    }
}

impl Activation for Relu {
    fn op(&self) -> OpRef {
        (&Map(Relu {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
