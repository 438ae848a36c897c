//! Mish, x tanh(softplus(x)).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// x times the tanh of its softplus: smooth, with a dip below 0.
///
/// f(x) = x t with t = tanh(ln(1 + e^x)); f'(x) = t + x sigmoid(x) (1 - t^2). Range: about [-0.309, ∞). Flat far below
/// 0, and in the dip at about -1.19. Misra, "Mish: a self regularized non-monotonic activation function", 2019.
///
/// ```relume
/// mish([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Mish {}

/// e^x and tanh(ln(1 + e^x)), which is n / (n + 2) with n = e^x (e^x + 2): one exponential instead of three functions.
#[inline(always)]
fn parts(x: f32) -> (f32, f32) {
    // Beyond 20 the tanh is 1 to the last bit, and the square of e^x would overflow.
    let e = simd::exp(if x > 20.0 { 20.0 } else { x });
    let n = e * (e + 2.0);
    (e, n / (n + 2.0))
}

impl Elementwise for Mish {
    const NAME: &'static str = "mish";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * parts(x).1
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let (e, t) = parts(x);
        // The sigmoid is e^x / (1 + e^x).
        t + x * (e / (1.0 + e)) * (1.0 - t * t)
    }
}

impl Activation for Mish {
    fn op(&self) -> OpRef {
        (&Map(Mish {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
