//! The leaky rectified linear unit: a small slope below 0.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, OpRef};
use relume_catalog::{Argument, Described, Entry, Kind, Type};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// x above 0, slope x below.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakyRelu {
    /// The slope below 0.
    pub slope: f64,
}

impl Described for LeakyRelu {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "leaky_relu",
        aliases: &[],
        summary: "like relu, but with a small slope below 0, so that no unit dies",
        details: "f(x) = x above 0, slope x below; f'(x) = 1 above 0, slope below. Range: all numbers. Nowhere flat. Maas and others, \"Rectifier nonlinearities improve neural network acoustic models\", 2013.",
        arguments: &[Argument::new("slope", Type::REAL, "the slope below 0").or_number(0.01)],
        example: "leaky_relu([-1, 2], slope=0.1)",
    };
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
        Arc::new(Map(Leaky { slope: self.slope as f32 })).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
