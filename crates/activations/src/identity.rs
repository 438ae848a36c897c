//! The identity, x: no activation at all.

use crate::{Activation, Facts};
use relume_autograd::{DerivativeOf, Elementwise, Map, Op, OpRef};
use relume_catalog::{Described, Entry, Kind};

use serde::{Deserialize, Serialize};

/// The identity, x: no activation at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {}

impl Described for Identity {
    const ENTRY: Entry = Entry {
        kind: Kind::Activation,
        name: "identity",
        aliases: &[],
        summary: "passes values on unchanged",
        details: "f(x) = x, f'(x) = 1. Range: all numbers. Nowhere flat.",
        arguments: &[],
        example: "identity([-1, 2])",
    };
}

impl Elementwise for Identity {
    const NAME: &'static str = "identity";
    const DERIVATIVE_OF: DerivativeOf = DerivativeOf::Output;

    #[inline(always)]
    fn value(self, x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn derivative(self, _: f32) -> f32 {
        1.0
    }
}

impl Activation for Identity {
    fn op(&self) -> OpRef {
        (&Map(Identity {}) as &'static dyn Op).into()
    }

    fn facts(&self) -> Facts {
        Facts::OPEN
    }
}
