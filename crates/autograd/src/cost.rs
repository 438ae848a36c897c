//! What operations take: time, multiply-adds and memory, for profiles.

use std::iter::Sum;
use std::time::Duration;

/// What one operation took, or several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The time of the forward pass.
    pub forward: Duration,
    /// The time of the backward pass, with the sums of gradients that meet.
    pub backward: Duration,
    /// Multiplications with an addition in the forward pass, of products alone ([`crate::Op::multiply_adds`]).
    pub multiply_adds: u64,
    /// The bytes that stay until the backward pass: the value, and what the operation keeps.
    pub bytes: u64,
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Cost>>(all: I) -> Cost {
        all.fold(Cost::default(), |sum, own| Cost {
            forward: sum.forward + own.forward,
            backward: sum.backward + own.backward,
            multiply_adds: sum.multiply_adds.saturating_add(own.multiply_adds),
            bytes: sum.bytes.saturating_add(own.bytes),
        })
    }
}
