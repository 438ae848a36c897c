//! Phish, x tanh(gelu(x)).

use crate::gelu::Exact;
use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// x times the tanh of its gelu: smooth, and above 0 on both sides, up to 0.165 below 0.
///
/// f(x) = x t with t = tanh(gelu(x)); f'(x) = t + (1 - t^2) gelu'(x) x. Range: [0, ∞). Flat at 0 and far below it.
/// Naveen, "Phish: a novel hyper-optimizable activation function", 2022.
///
/// ```relume
/// phish([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Phish {}

impl Elementwise for Phish {
    const NAME: &'static str = "phish";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::tanh(Exact.value(x))
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let t = simd::tanh(Exact.value(x));
        // A huge x meets the 0 of the factors before it.
        t + (1.0 - t * t) * Exact.derivative(x) * x
    }
}

impl Activation for Phish {
    fn op(&self) -> OpRef {
        (&Map(Phish {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
