//! The smooth rectified linear unit: a relu whose bend is a parabola.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// A relu whose bend is a parabola from -beta to beta.
///
/// f(x) = 0 below -beta, x above beta, (x + beta)^2 / (4 beta) between; f'(x) = 0, 1, (x + beta) / (2 beta). Range: [0,
/// ∞). Flat below -beta. Shamir and others, "Smooth activations and reproducibility in deep networks", 2020.
///
/// ```relume
/// smelu([-1, 0, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Smelu {
    /// Half the width of the bend.
    #[spec(default = 1.0, positive)]
    pub beta: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    beta: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "smelu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let above = x + self.beta;
        let bend = above * (above / (4.0 * self.beta));
        let value = if x > self.beta { x } else { bend };
        if x < -self.beta { 0.0 } else { value }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let bend = (x + self.beta) / (2.0 * self.beta);
        let slope = if x > self.beta { 1.0 } else { bend };
        if x < -self.beta { 0.0 } else { slope }
    }
}

impl Activation for Smelu {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(Function { beta: self.beta as f32 })).into())
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
