//! Functions that give the same numbers in other places.

use super::Function;
use super::call::Call;
use super::operand::{Axes, Operand};
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;
use relume_tensor::Index;

/// A matrix with rows and columns exchanged, or a tensor with two axes exchanged.
///
/// ```relume
/// transpose([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Transpose {
    /// A matrix; with two axes given, a tensor of any number of axes.
    pub x: Operand,
    /// The first axis, -1 is the last.
    pub axis0: Option<i64>,
    /// The second axis.
    pub axis1: Option<i64>,
}

impl Function for Transpose {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let (first, second) = match (self.axis0, self.axis1) {
            (Some(first), Some(second)) => (first, second),
            (None, None) => return call.apply([self.x], |tape, [x]| ops::transpose(tape, x)),
            _ => {
                return Err(call.failure("two axes are exchanged: give both, or none for a matrix"));
            }
        };
        let mut order: Vec<usize> = (0..call.shape(self.x)?.rank()).collect();
        order.swap(call.axis(self.x, first)?, call.axis(self.x, second)?);
        call.apply([self.x], |tape, [x]| ops::permute(tape, x, &order))
    }
}

/// The same numbers in another shape.
///
/// One size may be -1: it is what is left.
///
/// ```relume
/// reshape([1, 2, 3, 4], [2, -1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Reshape {
    /// A tensor.
    pub x: Operand,
    /// The new sizes; -1 is what is left.
    #[spec(range = -1..)]
    pub sizes: Vec<i64>,
}

impl Function for Reshape {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let count = call.shape(self.x)?.count();
        let given = |&size: &i64| usize::try_from(size).ok();
        let known: Option<usize> = self
            .sizes
            .iter()
            .filter_map(given)
            .try_fold(1usize, |product, size| product.checked_mul(size));
        let open = self.sizes.iter().filter(|&&size| size < 0).count();
        let left = match (known, open) {
            (_, 0) => 0,
            (Some(known @ 1..), 1) if count.is_multiple_of(known) => count / known,
            (_, 1) => {
                let sizes: Vec<String> = self.sizes.iter().map(i64::to_string).collect();
                let text = format!("{count} numbers do not fit into sizes {}", sizes.join(" x "));
                return Err(call.failure(text).help(
                    "the product of the sizes without -1 must divide the count of the numbers",
                ));
            }
            _ => return Err(call.failure("only one size can be -1")),
        };
        let sizes: Vec<usize> = self.sizes.iter().map(|size| given(size).unwrap_or(left)).collect();
        let shape = call.new_shape(&sizes)?;
        call.apply([self.x], |tape, [x]| ops::reshape(tape, x, shape))
    }
}

/// The axes in another order.
///
/// Axis i of the result is axis `order[i]` of the tensor; negative ones are counted from the last. `permute([2, 1])` without a
/// tensor is the layer.
///
/// ```relume
/// shape(permute(zeros(2, 3, 4), 2, 0, 1))
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Permute {
    /// A tensor.
    pub x: Operand,
    /// All axes, in their new order.
    pub order: Vec<i64>,
}

impl Function for Permute {
    const REST: Option<&'static str> = Some("order");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let order: Result<Vec<usize>, Failure> =
            self.order.iter().map(|&axis| call.axis(self.x, axis)).collect();
        let order = order?;
        call.apply([self.x], |tape, [x]| ops::permute(tape, x, &order))
    }
}

/// Neighbouring axes joined to one; all of them if none are given.
///
/// `flatten(2)` without a tensor is the layer.
///
/// ```relume
/// flatten([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Flatten {
    /// A tensor.
    pub x: Operand,
    /// The first axis that is joined.
    #[spec(default = 0)]
    pub start: i64,
    /// The last axis that is joined.
    #[spec(default = -1)]
    pub end: i64,
}

impl Function for Flatten {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        if shape.rank() == 0 {
            return call.apply([self.x], |tape, [x]| ops::reshape(tape, x, 1.into()));
        }
        let (start, end) = (call.axis(self.x, self.start)?, call.axis(self.x, self.end)?);
        if start > end {
            let text = format!("axis {start} does not come before axis {end}: nothing is joined");
            return Err(call.failure(text));
        }
        let joined = shape[start..=end].iter().product();
        let sizes = [&shape[..start], &[joined], &shape[end + 1..]].concat();
        call.reshaped(self.x, &sizes)
    }
}

/// A tensor without its axes of size 1, or without the given ones of them.
///
/// ```relume
/// shape(squeeze([[[1], [2]]]))
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Squeeze {
    /// A tensor.
    pub x: Operand,
    /// The axis or axes; one that is larger stays. All if not given.
    pub axis: Option<Axes>,
}

impl Function for Squeeze {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        let axes = match &self.axis {
            Some(axes) => call.axes(self.x, axes.all())?,
            None => (0..shape.rank()).collect(),
        };
        let stays = |&(axis, size): &(usize, &usize)| *size != 1 || !axes.contains(&axis);
        let sizes: Vec<usize> =
            shape.iter().enumerate().filter(stays).map(|(_, &size)| size).collect();
        call.reshaped(self.x, &sizes)
    }
}

/// A tensor with a new axis of size 1.
///
/// ```relume
/// unsqueeze([1, 2], 0)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Unsqueeze {
    /// A tensor.
    pub x: Operand,
    /// The place of the new axis; -1 is after the last one.
    pub axis: i64,
}

impl Function for Unsqueeze {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        let place = call.new_axis(self.x, self.axis)?;
        let mut sizes = shape.to_vec();
        sizes.insert(place, 1);
        call.reshaped(self.x, &sizes)
    }
}

/// A tensor with the numbers along axes in reverse; along all of them if none are given.
///
/// ```relume
/// flip([1, 2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Flip {
    /// A tensor.
    pub x: Operand,
    /// The axis or axes.
    pub axis: Option<Axes>,
}

impl Function for Flip {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let rank = call.shape(self.x)?.rank();
        let axes = match &self.axis {
            Some(axes) => call.axes(self.x, axes.all())?,
            None => (0..rank).collect(),
        };
        let reversed = Index::Slice { start: None, end: None, step: -1 };
        let of_axis = |axis| if axes.contains(&axis) { reversed.clone() } else { Index::All };
        let index: Vec<Index> = (0..rank).map(of_axis).collect();
        call.apply([self.x], |tape, [x]| ops::index(tape, x, &index))
    }
}
