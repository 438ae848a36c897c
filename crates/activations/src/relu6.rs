//! The rectified linear unit that stops at 6.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// Relu, but never above 6.
///
/// f(x) = min(max(0, x), 6); f'(x) = 1 between 0 and 6, 0 elsewhere. Range: [0, 6]. Blocks every gradient below 0 and
/// above 6. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.
///
/// ```relume
/// relu6([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Relu6 {}

impl Elementwise for Relu6 {
    const NAME: &'static str = "relu6";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let x = if x < 0.0 { 0.0 } else { x };
        if x > 6.0 { 6.0 } else { x }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // In this order, no gradient passes a NaN, as in PyTorch.
        if x > 0.0 && x < 6.0 { 1.0 } else { 0.0 }
    }
}

impl Activation for Relu6 {
    fn op(&self) -> OpRef {
        (&Map(Relu6 {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
