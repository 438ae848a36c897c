//! Soft shrinkage: moves numbers towards 0.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Soft shrinkage: moves numbers towards 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Softshrink {
    /// How far numbers are moved.
    pub lambd: f64,
}

impl Described for Softshrink {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "softshrink",
        aliases: &[],
        summary: "takes lambd away from each number's size; what is smaller becomes 0",
        details: "f(x) = x - lambd above lambd, x + lambd below -lambd, 0 between; f'(x) = 1 beyond ±lambd, 0 between. Range: all numbers. No gradient passes between. Donoho, \"De-noising by soft-thresholding\", 1995.",
        arguments: &[
            Argument::new("lambd", Type::NON_NEGATIVE, "how far numbers are moved").or_number(0.5)
        ],
        example: "softshrink([-1, 0.2], lambd=0.3)",
    };
}

#[derive(Clone, Copy, Debug)]
struct Function {
    lambd: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "softshrink";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        // A NaN stays one.
        let above = if x > self.lambd { x - self.lambd } else { 0.0 * x };
        if x < -self.lambd { x + self.lambd } else { above }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        // This way round, no gradient passes a NaN, as in PyTorch.
        if x > self.lambd || x < -self.lambd { 1.0 } else { 0.0 }
    }
}

impl Activation for Softshrink {
    fn op(&self) -> OpRef {
        Arc::new(Map(Function { lambd: self.lambd as f32 })).into()
    }

    fn facts(&self) -> Facts {
        Facts { off: Some(0.0), ..Facts::OPEN }
    }
}
