//! The hard tanh: x between two bounds, and the bounds themselves beyond them.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Cuts numbers off at a lower and an upper bound.
///
/// f(x) = min(max(x, min_val), max_val); f'(x) = 1 between the bounds, 0 on them and beyond. Range: [min_val, max_val].
/// No gradient passes beyond the bounds. Collobert, "Large scale machine learning", 2004.
///
/// ```relume
/// hardtanh([-3, 0.5], min_val=-2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation, check = Self::consistent)]
pub struct Hardtanh {
    /// The lower bound.
    #[spec(default = -1.0)]
    pub min_val: f64,
    /// The upper bound.
    #[spec(default = 1.0)]
    pub max_val: f64,
}

impl Hardtanh {
    fn consistent(&self) -> Result<(), String> {
        match self.min_val < self.max_val {
            true => Ok(()),
            false => {
                Err(format!("min_val={} must lie below max_val={}", self.min_val, self.max_val))
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Function {
    low: f32,
    high: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "hardtanh";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        simd::clamp(x, self.low, self.high)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // In this order, no gradient passes a NaN, as in PyTorch.
        if x > self.low && x < self.high { 1.0 } else { 0.0 }
    }
}

impl Activation for Hardtanh {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(Map(Function { low: self.min_val as f32, high: self.max_val as f32 })).into()
        })
    }

    fn facts(&self) -> Facts {
        Facts { ends: Some((self.min_val as f32, self.max_val as f32)), ..Facts::OPEN }
    }
}
