//! Serf, x erf(softplus(x)).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::f32::consts::FRAC_2_SQRT_PI;

/// x times the error function of its softplus: smooth, with a dip below 0, like mish.
///
/// f(x) = x erf(s) with s = ln(1 + e^x); f'(x) = erf(s) + 2/sqrt(π) e^(-s^2) sigmoid(x) x. Range: about [-0.348, ∞).
/// Flat far below 0, and in the dip at about -1.19. Nag and Bhattacharyya, "SERF: towards better training of deep
/// neural networks using log-softplus error activation function", 2021.
///
/// ```relume
/// serf([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Serf {}

impl Elementwise for Serf {
    const NAME: &'static str = "serf";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::erf(simd::softplus(x))
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let s = simd::softplus(x);
        // A huge x meets the 0 of the factors before it.
        let slope = FRAC_2_SQRT_PI * simd::exp_minus_square(s) * simd::sigmoid(x);
        simd::erf(s) + slope * x
    }
}

impl Activation for Serf {
    fn op(&self) -> OpRef {
        (&Map(Serf {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
