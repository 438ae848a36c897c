//! The hyperbolic tangent.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// Maps every number to a number between -1 and 1.
///
/// f(x) = tanh(x); f'(x) = 1 - y^2. Range: (-1, 1). Flat beyond about ±3. LeCun and others, "Efficient backprop", 1998.
///
/// ```relume
/// tanh([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Tanh {}

impl Elementwise for Tanh {
    const NAME: &'static str = "tanh";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::tanh(x)
    }

    #[inline(always)]
    fn derivative(self, y: f32) -> f32 {
        1.0 - y * y
    }
}

impl Activation for Tanh {
    fn op(&self) -> OpRef {
        (&Map(Tanh {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { ends: Some((-1.0, 1.0)), ..Facts::OPEN }
    }
}
