//! The Gaussian error linear unit.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::{Choice, Spec};
use relume_tensor::simd;
use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// x times the probability that a normally distributed number is smaller.
///
/// f(x) = x P(x) with P(x) = (1 + erf(x / sqrt(2))) / 2; f'(x) = P(x) + x p(x), p the normal density. With
/// approximate="tanh", P(x) = (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2. Range: about [-0.17, ∞). Flat far below 0,
/// and in the dip at about -0.75. Hendrycks and Gimpel, "Gaussian error linear units", 2016.
///
/// ```relume
/// gelu([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Gelu {
    /// The exact function, or its approximation by tanh.
    #[spec(default = Approximation::None)]
    pub approximate: Approximation,
}

/// How the normal distribution's probability is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Approximation {
    /// By the error function.
    None,
    /// By tanh of a cubic polynomial.
    Tanh,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact;

impl Elementwise for Exact {
    const NAME: &'static str = "gelu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        // From the tail: 1 + erf(x / sqrt(2)) would lose all digits far below 0.
        let (_, beyond) = simd::normal_tail(x);
        x * if x < 0.0 { beyond } else { 1.0 - beyond }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        const DENSITY_AT_0: f32 = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
        let (bell, beyond) = simd::normal_tail(x);
        let probability = if x < 0.0 { beyond } else { 1.0 - beyond };
        x.mul_add(DENSITY_AT_0 * bell, probability)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ByTanh;

impl ByTanh {
    const CUBIC: f32 = 0.044_715;
    const SCALE: f32 = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;

    #[inline(always)]
    fn inner(x: f32) -> f32 {
        simd::tanh(Self::SCALE * (x + Self::CUBIC * x * x * x))
    }
}

impl Elementwise for ByTanh {
    const NAME: &'static str = "gelu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        0.5 * x * (1.0 + Self::inner(x))
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let t = Self::inner(x);
        let slope = Self::SCALE * (1.0 + 3.0 * Self::CUBIC * x * x);
        0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * slope
    }
}

impl Activation for Gelu {
    fn op(&self) -> OpRef {
        checked_op(self, || match self.approximate {
            Approximation::None => (&Map(Exact) as &'static dyn Op).into(),
            Approximation::Tanh => (&Map(ByTanh) as &'static dyn Op).into(),
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
