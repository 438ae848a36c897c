//! A threshold: numbers up to it are replaced by a value.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// Replaces numbers up to a threshold by a value.
///
/// f(x) = x above threshold, value otherwise; f'(x) = 1 above threshold, 0 otherwise. Range: the numbers above
/// threshold, and value. No gradient passes up to the threshold. relu is threshold=0, value=0. PyTorch's Threshold;
/// Konda and others, "Zero-bias autoencoders and the benefits of co-adapting features", 2014 (thresholded rectifier).
///
/// ```relume
/// threshold([-1, 2], threshold=0.1, value=20)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct Threshold {
    /// Numbers above this pass.
    pub threshold: f64,
    /// The value that replaces the others.
    pub value: f64,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    threshold: f32,
    value: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "threshold";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        // In this order, a NaN passes, as in PyTorch.
        if x <= self.threshold { self.value } else { x }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        if x <= self.threshold { 0.0 } else { 1.0 }
    }
}

impl Activation for Threshold {
    fn op(&self) -> OpRef {
        checked_op(self, || {
            Arc::new(Map(Function { threshold: self.threshold as f32, value: self.value as f32 }))
                .into()
        })
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(self.value as f32), ..Facts::OPEN }
    }
}
