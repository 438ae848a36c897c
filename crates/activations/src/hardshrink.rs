//! Hard shrinkage: small numbers become 0.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// Sets numbers of absolute value up to lambd to 0 and keeps the others.
///
/// f(x) = x beyond ±lambd, 0 between; f'(x) = 1 beyond, 0 between. Range: all numbers beyond ±lambd, and 0. No gradient
/// passes between. Donoho and Johnstone, "Ideal spatial adaptation by wavelet shrinkage", 1994.
///
/// ```relume
/// hardshrink([-1, 0.2], lambd=0.3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Hardshrink {
    /// The largest absolute value that becomes 0.
    #[spec(default = 0.5, non_negative)]
    pub lambd: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    lambd: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "hardshrink";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        if x >= -self.lambd && x <= self.lambd { 0.0 } else { x }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // In this order, no gradient passes a NaN, as in PyTorch.
        if x > self.lambd || x < -self.lambd { 1.0 } else { 0.0 }
    }
}

impl Activation for Hardshrink {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(Function { lambd: self.lambd as f32 })).into())
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
