//! Softplus: a smooth rectifier.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use relume_tensor::simd;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// ln(1 + e^(beta x)) / beta.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Softplus {
    /// How sharp the bend at 0 is.
    pub beta: f64,
    /// Where beta x lies above this, x itself is given.
    pub threshold: f64,
}

impl Described for Softplus {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "softplus",
        aliases: &[],
        summary: "a smooth relu: ln(1 + e^x)",
        details: "f(x) = ln(1 + e^(beta x)) / beta, and x where beta x > threshold; f'(x) = sigmoid(beta x). Range: (0, ∞). Flat far below 0. Dugas and others, \"Incorporating second-order functional knowledge for better option pricing\", 2001.",
        arguments: &[
            Argument::new("beta", Type::POSITIVE, "how sharp the bend at 0 is").or_number(1.0),
            Argument::new(
                "threshold",
                Type::REAL,
                "where beta x lies above this, x itself is given",
            )
            .or_number(20.0),
        ],
        example: "softplus([-1, 2])",
    };
}

#[derive(Clone, Copy, Debug)]
struct Function {
    beta: f32,
    inverse: f32,
    threshold: f32,
}

impl Elementwise for Function {
    const NAME: &'static str = "softplus";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Input;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        let z = self.beta * x;
        let smooth = simd::softplus(z) * self.inverse;
        if z > self.threshold { x } else { smooth }
    }

    #[inline(always)]
    fn derivative(self, x: f32) -> f32 {
        let z = self.beta * x;
        let smooth = simd::sigmoid(z);
        if z > self.threshold { 1.0 } else { smooth }
    }
}

impl Activation for Softplus {
    fn op(&self) -> OpRef {
        let (beta, inverse) = (self.beta as f32, (1.0 / self.beta) as f32);
        Arc::new(Map(Function { beta, inverse, threshold: self.threshold as f32 })).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
