//! Functions of order: sorted numbers, the largest ones, those that occur.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;
use relume_tensor::Order;

fn order(descending: bool) -> Order {
    if descending { Order::Descending } else { Order::Ascending }
}

/// The numbers along an axis in order, and the positions that they came from, as `values` and `indices`.
///
/// Equal numbers stay in their order; NaN counts as larger than all others.
///
/// ```relume
/// sort([3, 1, 2]).values
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Sort {
    /// A tensor.
    pub x: Operand,
    /// The axis; the last if not given.
    #[spec(default = -1)]
    pub axis: i64,
    /// Whether the largest come first.
    #[spec(default = false)]
    pub descending: bool,
}

impl Function for Sort {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let order = order(self.descending);
        call.picked(self.x, |tape, x| ops::sort(tape, x, self.axis, order))
    }
}

/// The positions that put the numbers along an axis in order.
///
/// ```relume
/// argsort([3, 1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Argsort {
    /// A tensor.
    pub x: Operand,
    /// The axis; the last if not given.
    #[spec(default = -1)]
    pub axis: i64,
    /// Whether the largest come first.
    #[spec(default = false)]
    pub descending: bool,
}

impl Function for Argsort {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let order = order(self.descending);
        let found = call.constant([self.x], |[x]| x.argsort(self.axis, order)?.to_tensor());
        found.map(Value::Tensor)
    }
}

/// The k largest numbers along an axis, and their positions, as `values` and `indices`.
///
/// ```relume
/// values, indices = topk([3, 1, 2], 2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Topk {
    /// A tensor.
    pub x: Operand,
    /// How many.
    pub k: usize,
    /// The axis; the last if not given.
    #[spec(default = -1)]
    pub axis: i64,
    /// The largest, or the smallest.
    #[spec(default = true)]
    pub largest: bool,
}

impl Function for Topk {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let order = order(self.largest);
        call.picked(self.x, |tape, x| ops::topk(tape, x, self.k, self.axis, order))
    }
}

/// The numbers that occur in a tensor, each once, in order.
///
/// ```relume
/// unique([3, 1, 3, 2, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Unique {
    /// A tensor.
    pub x: Operand,
}

impl Function for Unique {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.constant([self.x], |[x]| Ok(x.unique()?.values)).map(Value::Tensor)
    }
}

/// How often each whole number from 0 on occurs.
///
/// ```relume
/// bincount([1, 3, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Bincount {
    /// Whole numbers.
    pub x: Operand,
}

impl Function for Bincount {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let counts = call.indices(self.x)?.bincount(0).and_then(|counts| counts.to_tensor());
        counts.map(Value::Tensor).map_err(|error| call.failure(error))
    }
}
