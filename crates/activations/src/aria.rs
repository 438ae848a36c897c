//! Aria, x sigmoid(beta x)^alpha: swish with an exponent.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;
use std::sync::Arc;

/// Swish whose sigmoid has an exponent, from Richards' curve.
///
/// f(x) = x r with r = sigmoid(beta x)^alpha; f'(x) = r (1 + alpha beta x (1 - sigmoid(beta x))). Range: about [-0.07,
/// ∞) with the defaults. Flat far below 0, and in the dip at about -0.46. Patwardhan and others, "ARiA: utilizing
/// Richard's curve for controlling the non-monotonicity of the activation function in deep neural nets", 2018.
///
/// ```relume
/// aria([-1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Aria {
    /// The exponent.
    #[spec(default = 1.5, positive)]
    pub alpha: f64,
    /// How sharp the bend at 0 is.
    #[spec(default = 2.0, positive)]
    pub beta: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    alpha: f32,
    beta: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "aria";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::exp(-self.alpha * simd::softplus(-self.beta * x))
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let r = simd::exp(-self.alpha * simd::softplus(-self.beta * x));
        // A huge x meets the 0 of the factors before it.
        r + r * simd::sigmoid(-self.beta * x) * (self.alpha * self.beta) * x
    }
}

impl Activation for Aria {
    fn op(&self) -> OpRef {
        let function = Function { alpha: self.alpha as f32, beta: self.beta as f32 };
        checked_op(self, || Arc::new(Map(function)).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
