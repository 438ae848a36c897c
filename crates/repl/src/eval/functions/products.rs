//! Products of tensors.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;

/// The sum of the products of numbers at the same places.
///
/// ```relume
/// dot([1, 2], [3, 4])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Dot {
    /// A tensor.
    pub x: Operand,
    /// A tensor of the same size.
    pub y: Operand,
}

impl Function for Dot {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x, self.y], |tape, [x, y]| ops::dot(tape, x, y))
    }
}
