//! Functions that give the same numbers in other places.

use super::Function;
use super::call::Call;
use super::operand::{Axes, NewSizes, Operand, Sizes};
use crate::{Failure, Value};
use relume_autograd::ops;
use relume_catalog::Spec;
use relume_tensor::{Index, Indices};

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
        call.apply([self.x], |tape, [x]| ops::swap_axes(tape, x, first, second))
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
    pub sizes: NewSizes,
}

impl Function for Reshape {
    const REST: Option<&'static str> = Some("sizes");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x], |tape, [x]| ops::reshape_to(tape, x, self.sizes.all()))
    }
}

/// The axes in another order.
///
/// Axis i of the result is axis `order[i]` of the tensor; negative ones are counted from the last. `permute([2, 1])`
/// without a tensor is the layer.
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
        call.apply([self.x], |tape, [x]| ops::flatten_axes(tape, x, self.start, self.end))
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
        let axes = self.axis.as_ref().map_or(&[][..], Axes::all);
        call.apply([self.x], |tape, [x]| ops::squeeze(tape, x, axes))
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
        call.apply([self.x], |tape, [x]| ops::unsqueeze(tape, x, self.axis))
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
        let axes = self.axis.as_ref().map_or(&[][..], Axes::all);
        call.apply([self.x], |tape, [x]| ops::flip(tape, x, axes))
    }
}

/// A tensor whose numbers move on along an axis; those that leave it at the end come back at the start.
///
/// ```relume
/// roll([1, 2, 3, 4], 1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Roll {
    /// A tensor.
    pub x: Operand,
    /// By how many places; a negative number moves them back.
    pub shift: i64,
    /// The axis; the last if not given.
    #[spec(default = -1)]
    pub axis: i64,
}

impl Function for Roll {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x], |tape, [x]| ops::roll(tape, x, self.shift, self.axis))
    }
}

/// A tensor repeated along each axis, so many times.
///
/// Fewer counts than axes are those of the last axes (NumPy's `tile`, PyTorch's `repeat`); more counts make new axes
/// in front.
///
/// ```relume
/// tile([1, 2], 2, 2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, aliases = ["repeat"])]
pub struct Tile {
    /// A tensor.
    pub x: Operand,
    /// How many times along each axis.
    pub repeats: Sizes,
}

impl Function for Tile {
    const REST: Option<&'static str> = Some("repeats");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        let given = self.repeats.all();
        let missing = shape.rank().saturating_sub(given.len());
        let counts = [&vec![1; missing][..], given].concat();
        let before = vec![1; counts.len() - shape.rank()];
        let sizes = before.iter().chain(shape.iter()).zip(&counts);
        let sizes: Vec<usize> =
            sizes.map(|(&size, &count): (&usize, _)| size.saturating_mul(count)).collect();
        call.new_shape(&sizes)?;
        call.apply([self.x], |tape, [x]| ops::repeat(tape, x, &counts))
    }
}

/// A tensor whose items along an axis come several times each, one after the other; of all numbers if no axis is given.
///
/// ```relume
/// repeat_interleave([1, 2], 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct RepeatInterleave {
    /// A tensor.
    pub x: Operand,
    /// How many times each.
    pub repeats: usize,
    /// The axis; the tensor becomes a vector if not given.
    pub axis: Option<i64>,
}

impl Function for RepeatInterleave {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        let (shape, axis) = match self.axis {
            Some(axis) => (shape, call.axis(self.x, axis)?),
            None => (shape.count().into(), 0),
        };
        let repeated = shape[axis].saturating_mul(self.repeats);
        call.new_shape(&[repeated])?;
        call.new_shape(&shape.with_axis(axis, repeated))?;
        let mut places = Indices::full(repeated, 0);
        let slots = places.data_mut().iter_mut().enumerate();
        slots.for_each(|(i, place)| *place = (i / self.repeats) as u32);
        let mut index = vec![Index::All; axis];
        index.push(Index::List(places));
        call.apply([self.x], |tape, [x]| {
            let x = ops::reshape(tape, x, shape)?;
            ops::index(tape, x, &index)
        })
    }
}

/// A tensor with further numbers around it.
///
/// ```relume
/// pad([[1, 2], [3, 4]], [[0, 1], [2, 0]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Pad {
    /// A tensor.
    pub x: Operand,
    /// For each of the last axes: how many numbers come before and after, `[[top, bottom], [left, right]]`.
    pub padding: Vec<Vec<usize>>,
    /// The numbers that come around.
    #[spec(default = 0.0)]
    pub value: f64,
}

impl Function for Pad {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let pair = |pair: &Vec<usize>| <[usize; 2]>::try_from(pair.as_slice()).ok();
        let padding: Option<Vec<[usize; 2]>> = self.padding.iter().map(pair).collect();
        let padding = padding
            .ok_or_else(|| call.failure("the padding of an axis is a pair: [before, after]"))?;
        let mut sizes = call.shape(self.x)?.to_vec();
        for (size, [before, after]) in sizes.iter_mut().rev().zip(padding.iter().rev()) {
            *size = size.saturating_add(*before).saturating_add(*after);
        }
        call.new_shape(&sizes)?;
        let value = self.value as f32;
        call.apply([self.x], |tape, [x]| ops::pad(tape, x, &padding, value))
    }
}

/// The diagonal of a matrix; of a vector the matrix that has it as its diagonal.
///
/// ```relume
/// diag([1, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Diag {
    /// A matrix or a vector.
    pub x: Operand,
    /// Which diagonal: 0 is the main one, 1 the next above, -1 the next below.
    #[spec(default = 0)]
    pub diagonal: i64,
}

impl Function for Diag {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        if let [size] = call.shape(self.x)?[..] {
            let away = usize::try_from(self.diagonal.unsigned_abs()).unwrap_or(usize::MAX);
            let side = size.saturating_add(away);
            call.new_shape(&[side, side])?;
        }
        call.apply([self.x], |tape, [x]| ops::diag(tape, x, self.diagonal))
    }
}

/// Matrices with zeros above a diagonal.
///
/// ```relume
/// tril([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Tril {
    /// A matrix, or several along the first axes.
    pub x: Operand,
    /// Which diagonal: 0 is the main one, 1 the next above, -1 the next below.
    #[spec(default = 0)]
    pub diagonal: i64,
}

impl Function for Tril {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x], |tape, [x]| ops::tril(tape, x, self.diagonal))
    }
}

/// Matrices with zeros below a diagonal.
///
/// ```relume
/// triu([[1, 2], [3, 4]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Triu {
    /// A matrix, or several along the first axes.
    pub x: Operand,
    /// Which diagonal: 0 is the main one, 1 the next above, -1 the next below.
    #[spec(default = 0)]
    pub diagonal: i64,
}

impl Function for Triu {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        call.apply([self.x], |tape, [x]| ops::triu(tape, x, self.diagonal))
    }
}
