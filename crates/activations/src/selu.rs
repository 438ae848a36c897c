//! The scaled exponential linear unit: activations that keep mean 0 and variance 1 by themselves.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;
use relume_tensor::simd;

/// A scaled elu that keeps activations at mean 0 and variance 1.
///
/// f(x) = s x above 0, s alpha (e^x - 1) below, with s = 1.0507009873554805 and alpha = 1.6732632423543773. Range:
/// (-1.7581, ∞). Flat far below 0. Needs weights of variance 1 / inputs (init=lecun_normal). Klambauer and others,
/// "Self-normalizing neural networks", 2017.
///
/// ```relume
/// selu([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Selu {}

const SCALE: f32 = 1.050_701;
const ALPHA: f32 = 1.673_263_2;

impl Elementwise for Selu {
    const NAME: &'static str = "selu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let below = (SCALE * ALPHA) * simd::exp_m1(x);
        if x > 0.0 { SCALE * x } else { below }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let below = (SCALE * ALPHA) * simd::exp(x);
        if x > 0.0 { SCALE } else { below }
    }
}

impl Activation for Selu {
    fn op(&self) -> OpRef {
        (&Map(Selu {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
