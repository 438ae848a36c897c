//! The squared rectified linear unit, max(0, x)^2.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// The square of relu.
///
/// f(x) = max(0, x)^2; f'(x) = 2 max(0, x). Range: [0, ∞). Blocks every gradient below 0. So and others, "Primer:
/// searching for efficient transformers for language modeling", 2021.
///
/// ```relume
/// squared_relu([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["relu2"])]
pub struct SquaredRelu {}

impl Elementwise for SquaredRelu {
    const NAME: &'static str = "squared_relu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let x = if x < 0.0 { 0.0 } else { x };
        x * x
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        2.0 * if x < 0.0 { 0.0 } else { x }
    }
}

impl Activation for SquaredRelu {
    fn op(&self) -> OpRef {
        (&Map(SquaredRelu {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
