//! Tanhshrink, x - tanh(x).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// x - tanh(x): nearly 0 near 0, and x without ±1 beyond.
///
/// f(x) = x - tanh(x); f'(x) = tanh(x)^2. Range: all numbers. Flat at 0: f'(x) is about x^2 there. PyTorch's
/// Tanhshrink.
///
/// ```relume
/// tanhshrink([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Tanhshrink {}

impl Elementwise for Tanhshrink {
    const NAME: &'static str = "tanhshrink";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x - simd::tanh(x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let t = simd::tanh(x);
        t * t
    }
}

impl Activation for Tanhshrink {
    fn op(&self) -> OpRef {
        (&Map(Tanhshrink {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
