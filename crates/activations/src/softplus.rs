//! Softplus: a smooth rectifier.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// A smooth relu: ln(1 + e^x).
///
/// f(x) = ln(1 + e^(beta x)) / beta, and x where beta x > threshold; f'(x) = sigmoid(beta x). Range: (0, ∞). Flat far
/// below 0. Dugas and others, "Incorporating second-order functional knowledge for better option pricing", 2001.
///
/// ```relume
/// softplus([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Softplus {
    /// How sharp the bend at 0 is.
    #[spec(default = 1.0, positive)]
    pub beta: f64,
    /// If beta x is above this, the result is x itself.
    #[spec(default = 20.0)]
    pub threshold: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    beta: f32,
    inverse: f32,
    threshold: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "softplus";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let z = self.beta * x;
        let smooth = simd::softplus(z) * self.inverse;
        if z > self.threshold { x } else { smooth }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let z = self.beta * x;
        let smooth = simd::sigmoid(z);
        if z > self.threshold { 1.0 } else { smooth }
    }
}

impl Activation for Softplus {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            let (beta, inverse) = (self.beta as f32, (1.0 / self.beta) as f32);
            Arc::new(Map(Function { beta, inverse, threshold: self.threshold as f32 })).into()
        })
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
