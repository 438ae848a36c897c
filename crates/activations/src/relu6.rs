//! The rectified linear unit that stops at 6.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::{Described, Entry, Kind};
use serde::{Deserialize, Serialize};

/// The rectified linear unit that stops at 6.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relu6 {}

impl Described for Relu6 {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "relu6",
        aliases: &[],
        summary: "relu, but never above 6",
        details: "f(x) = min(max(0, x), 6); f'(x) = 1 between 0 and 6, 0 elsewhere. Range: [0, 6]. Blocks every gradient below 0 and above 6. Krizhevsky, \"Convolutional deep belief networks on CIFAR-10\", 2010.",
        arguments: &[],
        example: "relu6([-1, 2])",
    };
}

impl Elementwise for Relu6 {
    const NAME: &'static str = "relu6";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let x = if x < 0.0 { 0.0 } else { x };
        if x > 6.0 { 6.0 } else { x }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // This way round, no gradient passes a NaN, as in PyTorch.
        if x > 0.0 && x < 6.0 { 1.0 } else { 0.0 }
    }
}

impl Activation for Relu6 {
    fn op(&self) -> OpRef {
        (&Map(Relu6 {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
