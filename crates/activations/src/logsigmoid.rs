//! The logarithm of the logistic function, without overflow or underflow.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// The logarithm of sigmoid.
///
/// f(x) = ln(1 / (1 + e^-x)) = -ln(1 + e^-x); f'(x) = 1 / (1 + e^x). Range: (-∞, 0). Flat above about 5. PyTorch's
/// LogSigmoid; the negative of softplus(-x): Dugas and others, "Incorporating second-order functional knowledge for
/// better option pricing", 2001.
///
/// ```relume
/// logsigmoid([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["log_sigmoid"])]
pub struct Logsigmoid {}

impl Elementwise for Logsigmoid {
    const NAME: &'static str = "logsigmoid";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        -simd::softplus(-x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        simd::sigmoid(-x)
    }
}

impl Activation for Logsigmoid {
    fn op(&self) -> OpRef {
        (&Map(Logsigmoid {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
