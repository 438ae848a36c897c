//! Squareplus: a smooth rectifier of square roots alone.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// A smooth relu without exponentials: (x + sqrt(x^2 + b)) / 2.
///
/// f(x) = (x + r) / 2 with r = sqrt(x^2 + b); f'(x) = f(x) / r. Range: (0, ∞); f(0) = sqrt(b) / 2. Flat far below 0,
/// where f(x) is about b / (4 |x|). Barron, "Squareplus: a softplus-like algebraic rectifier", 2021.
///
/// ```relume
/// squareplus([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Squareplus {
    /// How wide the bend at 0 is.
    #[spec(default = 4.0, positive)]
    pub b: f64,
}

/// sqrt(x^2 + b). Where the square overflows, b is below the last digit; it is at least a number to divide by.
#[inline(always)]
fn root(x: f32, b: f32) -> f32 {
    let root = (x * x + b).sqrt();
    if root < f32::INFINITY { root.max(f32::MIN_POSITIVE) } else { x.abs() }
}

impl Elementwise for Squareplus {
    const NAME: &'static str = "squareplus";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let (b, root) = (self.b as f32, root(x, self.b as f32));
        // Below 0 the sum would cancel: there both sides of the fraction are multiplied by r - x.
        if x < 0.0 { 0.5 * (b / (root - x)) } else { 0.5 * x + 0.5 * root }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        self.value(x) / root(x, self.b as f32)
    }
}

impl Activation for Squareplus {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(*self)).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
