//! The identity, x: no activation at all.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// Returns its input unchanged.
///
/// f(x) = x, f'(x) = 1. Range: all numbers. Nowhere flat.
///
/// ```relume
/// identity([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Identity {}

impl Elementwise for Identity {
    const NAME: &'static str = "identity";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn derivative(self, _: f32) -> f32 {
        1.0
    }
}

impl Activation for Identity {
    fn op(&self) -> OpRef {
        (&Map(Identity {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
