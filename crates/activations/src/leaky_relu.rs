//! The leaky rectified linear unit: a small slope below 0.

use crate::{Activation, Facts, checked_op};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::Spec;
use std::sync::Arc;

/// Like relu, but with a small slope below 0, so that no unit dies.
///
/// f(x) = x above 0, slope x below; f'(x) = 1 above 0, slope below. Range: all numbers. Nowhere flat. Maas and others,
/// "Rectifier nonlinearities improve neural network acoustic models", 2013.
///
/// ```relume
/// leaky_relu([-1, 2], slope=0.1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(activation)]
pub struct LeakyRelu {
    /// The slope below 0.
    #[spec(default = 0.01)]
    pub slope: f64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaky {
    pub slope: f32,
}

impl Elementwise for Leaky {
    const NAME: &'static str = "leaky_relu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        if x > 0.0 { x } else { self.slope * x }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        if x > 0.0 { 1.0 } else { self.slope }
    }
}

impl Activation for LeakyRelu {
    fn op(&self) -> OpRef {
        checked_op(self, || Arc::new(Map(Leaky { slope: self.slope as f32 })).into())
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
