//! The sigmoid linear unit, x sigmoid(x); also called swish.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::{Described, Entry, Kind};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};

/// The sigmoid linear unit, x sigmoid(x); also called swish.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Silu {}

impl Described for Silu {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "silu",
        aliases: &[],
        summary: "x times its sigmoid: smooth, with a dip below 0",
        details: "f(x) = x s with s = sigmoid(x); f'(x) = s (1 + x (1 - s)). Range: about [-0.278, ∞). Flat far below 0, and in the dip at about -1.28. `swish` is the same with a sharpness beta. Hendrycks and Gimpel, \"Gaussian error linear units\", 2016; Ramachandran and others, \"Searching for activation functions\", 2017.",
        arguments: &[],
        example: "silu([-1, 2])",
    };
}

impl Elementwise for Silu {
    const NAME: &'static str = "silu";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x * simd::sigmoid(x)
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let s = simd::sigmoid(x);
        s * (1.0 + x * (1.0 - s))
    }
}

impl Activation for Silu {
    fn op(&self) -> OpRef {
        (&Map(Silu {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
