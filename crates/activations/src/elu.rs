//! The exponential linear unit.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Like relu above 0; bends smoothly to -alpha below.
///
/// f(x) = x above 0, alpha (e^x - 1) below; f'(x) = 1 above 0, alpha e^x below. Range: (-alpha, ∞). Flat far below 0.
/// Clevert and others, "Fast and accurate deep network learning by exponential linear units", 2016.
///
/// ```relume
/// elu([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Elu {
    /// The negative of the value that outputs approach far below 0.
    #[spec(default = 1.0)]
    pub alpha: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    alpha: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "elu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let below = self.alpha * simd::exp_m1(x);
        if x > 0.0 { x } else { below }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let below = self.alpha * simd::exp(x);
        if x > 0.0 { 1.0 } else { below }
    }
}

impl Activation for Elu {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(Function { alpha: self.alpha as f32 })).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
