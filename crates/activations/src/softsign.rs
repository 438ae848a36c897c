//! Softsign: a tanh with long tails.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// Maps every number to a number between -1 and 1, with longer tails than tanh.
///
/// f(x) = x / (1 + |x|); f'(x) = 1 / (1 + |x|)^2. Range: (-1, 1). Flat beyond about ±10, but never as flat as tanh.
/// Turian and others, "Quadratic features and deep architectures for chunking", 2009; Glorot and Bengio, "Understanding
/// the difficulty of training deep feedforward neural networks", 2010.
///
/// ```relume
/// softsign([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Softsign {}

impl Elementwise for Softsign {
    const NAME: &'static str = "softsign";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x / (1.0 + x.abs())
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let q = 1.0 / (1.0 + x.abs());
        // The last term is 0, and NaN where the value is: for infinities, as in PyTorch.
        q.mul_add(q, 0.0 * (x.abs() * q))
    }
}

impl Activation for Softsign {
    fn op(&self) -> OpRef {
        (&Map(Softsign {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { ends: Some((-1.0, 1.0)), ..Facts::OPEN }
    }
}
