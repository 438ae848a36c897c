//! The logistic function, 1 / (1 + e^-x).

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// Maps every number to a number between 0 and 1.
///
/// f(x) = 1 / (1 + e^-x); f'(x) = e^-x / (1 + e^-x)^2, at most 1/4: gradients shrink at every stage. Range: (0, 1).
/// Flat beyond about ±5. Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
///
/// ```relume
/// sigmoid([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["logistic"])]
pub struct Sigmoid {}

impl Elementwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::sigmoid(x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // From the input: y (1 - y) would lose the digits of 1 - y where y is nearly 1.
        let e = simd::exp(-x.abs());
        e / ((1.0 + e) * (1.0 + e))
    }
}

impl Activation for Sigmoid {
    fn op(&self) -> OpRef {
        (&Map(Sigmoid {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { ends: Some((0.0, 1.0)), ..Facts::OPEN }
    }
}
