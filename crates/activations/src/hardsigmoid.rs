//! The hard sigmoid: a straight line between 0 and 1 in place of the logistic curve.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// A sigmoid of straight lines: 0 up to -3, 1 from 3.
///
/// f(x) = min(max(x + 3, 0), 6) / 6; f'(x) = 1/6 between -3 and 3, 0 elsewhere. Range: [0, 1]. No gradient passes
/// beyond ±3. Howard and others, "Searching for MobileNetV3", 2019 (with other slopes: Courbariaux and others,
/// "BinaryConnect", 2015).
///
/// ```relume
/// hardsigmoid([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["hard_sigmoid"])]
pub struct Hardsigmoid {}

impl Elementwise for Hardsigmoid {
    const NAME: &'static str = "hardsigmoid";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let shifted = x + 3.0;
        let shifted = if shifted < 0.0 { 0.0 } else { shifted };
        (if shifted > 6.0 { 6.0 } else { shifted }) / 6.0
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        if x > -3.0 && x < 3.0 { 1.0 / 6.0 } else { 0.0 }
    }
}

impl Activation for Hardsigmoid {
    fn op(&self) -> OpRef {
        (&Map(Hardsigmoid {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { ends: Some((0.0, 1.0)), ..Facts::OPEN }
    }
}
