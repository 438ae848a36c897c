//! The continuously differentiable exponential linear unit.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Like elu, but its slope is 1 at 0 for every alpha.
///
/// f(x) = x above 0, alpha (e^(x / alpha) - 1) below; f'(x) = 1 above 0, e^(x / alpha) below. Range: (-alpha, ∞). Flat
/// far below 0. Barron, "Continuously differentiable exponential linear units", 2017.
///
/// ```relume
/// celu([-1, 2], alpha=0.5)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Celu {
    /// The negative of the value that outputs approach far below 0.
    #[spec(default = 1.0, positive)]
    pub alpha: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    alpha: f32,
    inverse: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "celu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let below = self.alpha * simd::exp_m1(x * self.inverse);
        if x > 0.0 { x } else { below }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let below = simd::exp(x * self.inverse);
        if x > 0.0 { 1.0 } else { below }
    }
}

impl Activation for Celu {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(Map(Function { alpha: self.alpha as f32, inverse: (1.0 / self.alpha) as f32 }))
                .into()
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
