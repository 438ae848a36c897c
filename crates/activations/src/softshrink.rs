//! Soft shrinkage: moves numbers towards 0.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// Reduces each number's absolute value by lambd; smaller ones become 0.
///
/// f(x) = x - lambd above lambd, x + lambd below -lambd, 0 between; f'(x) = 1 beyond ±lambd, 0 between. Range: all
/// numbers. No gradient passes between. Donoho, "De-noising by soft-thresholding", 1995.
///
/// ```relume
/// softshrink([-1, 0.2], lambd=0.3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Softshrink {
    /// By how much absolute values are reduced.
    #[spec(default = 0.5, non_negative)]
    pub lambd: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    lambd: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "softshrink";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        // A NaN stays one.
        let above = if x > self.lambd { x - self.lambd } else { 0.0 * x };
        if x < -self.lambd { x + self.lambd } else { above }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // In this order, no gradient passes a NaN, as in PyTorch.
        if x > self.lambd || x < -self.lambd { 1.0 } else { 0.0 }
    }
}

impl Activation for Softshrink {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(Function { lambd: self.lambd as f32 })).into())
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
