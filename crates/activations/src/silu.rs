//! The sigmoid linear unit, x sigmoid(x); also called swish.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// x times its sigmoid: smooth, with a dip below 0.
///
/// f(x) = x s with s = sigmoid(x); f'(x) = s (1 + x (1 - s)). Range: about [-0.278, ∞). Flat far below 0, and in the
/// dip at about -1.28. `swish` is the same with a sharpness beta. Hendrycks and Gimpel, "Gaussian error linear units",
/// 2016; Ramachandran and others, "Searching for activation functions", 2017.
///
/// ```relume
/// silu([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Silu {}

impl Elementwise for Silu {
    const NAME: &'static str = "silu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::sigmoid(x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let s = simd::sigmoid(x);
        s * (1.0 + x * (1.0 - s))
    }
}

impl Activation for Silu {
    fn op(&self) -> OpRef {
        (&Map(Silu {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
