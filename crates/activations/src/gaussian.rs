//! The Gaussian bell, e^(-x^2).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// A bell: 1 at 0, nearly 0 beyond ±2.
///
/// f(x) = e^(-x^2); f'(x) = -2 x e^(-x^2). Range: (0, 1]. Flat at 0 and beyond about ±3. Broomhead and Lowe,
/// "Multivariable functional interpolation and adaptive networks", 1988; Ramasinghe and Lucey, "Beyond periodicity",
/// 2022.
///
/// ```relume
/// gaussian([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Gaussian {}

impl Elementwise for Gaussian {
    const NAME: &'static str = "gaussian";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::exp_minus_square(x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // In this order 2 x does not overflow.
        -2.0 * simd::exp_minus_square(x) * x
    }
}

impl Activation for Gaussian {
    fn op(&self) -> OpRef {
        (&Map(Gaussian {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
