//! The hard swish: x times the hard sigmoid.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::Spec;

/// x times its hardsigmoid: silu of straight pieces.
///
/// f(x) = x min(max(x + 3, 0), 6) / 6; f'(x) = 0 up to -3, x / 3 + 1/2 between -3 and 3, 1 above. Range: [-0.375, ∞).
/// No gradient passes below -3. Howard and others, "Searching for MobileNetV3", 2019.
///
/// ```relume
/// hardswish([-1, 2])
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(activation, aliases = ["hard_swish"])]
pub struct Hardswish {}

impl Elementwise for Hardswish {
    const NAME: &'static str = "hardswish";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let shifted = x + 3.0;
        let shifted = if shifted < 0.0 { 0.0 } else { shifted };
        x * (if shifted > 6.0 { 6.0 } else { shifted }) / 6.0
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let between = x / 3.0 + 0.5;
        let right = if x >= 3.0 { 1.0 } else { between };
        if x <= -3.0 { 0.0 } else { right }
    }
}

impl Activation for Hardswish {
    fn op(&self) -> OpRef {
        (&Map(Hardswish {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
