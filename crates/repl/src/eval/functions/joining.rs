//! Functions that join tensors and cut them.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::{AutogradError, Var, ops};
use relume_catalog::{Choice, Spec};

/// Tensors joined along an axis that they have.
///
/// Their sizes along all other axes are the same. `concat(dense(3), dense(4))`, of networks, is the layer.
///
/// ```relume
/// concat([[1, 2], [3]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function, aliases = ["cat", "concatenate"])]
pub struct Concat {
    /// A list of tensors.
    pub tensors: Vec<Operand>,
    /// The axis.
    #[spec(default = 0)]
    pub axis: i64,
}

impl Function for Concat {
    const REST: Option<&'static str> = Some("tensors");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let first =
            *self.tensors.first().ok_or_else(|| call.failure("there is nothing to join"))?;
        let axis = call.axis(first, self.axis)?;
        call.apply_all(&self.tensors, |tape, all| ops::concat(tape, all, axis))
    }
}

/// Tensors of one shape joined along a new axis.
///
/// ```relume
/// stack([[1, 2], [3, 4]], axis=1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Stack {
    /// A list of tensors.
    pub tensors: Vec<Operand>,
    /// The place of the new axis.
    #[spec(default = 0)]
    pub axis: i64,
}

impl Function for Stack {
    const REST: Option<&'static str> = Some("tensors");

    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let first =
            *self.tensors.first().ok_or_else(|| call.failure("there is nothing to join"))?;
        let shape = call.shape(first)?;
        let place = call.new_axis(first, self.axis)?;
        let mut sizes = shape.to_vec();
        sizes.insert(place, 1);
        let wider = call.new_shape(&sizes)?;
        for &own in &self.tensors {
            let own = call.shape(own)?;
            if own != shape {
                let text = format!("stack joins tensors of one shape, not {shape} with {own}");
                return Err(call.failure(text));
            }
        }
        call.apply_all(&self.tensors, |tape, all| {
            let rows: Result<Vec<Var>, AutogradError> =
                all.iter().map(|&x| ops::reshape(tape, x, wider)).collect();
            ops::concat(tape, &rows?, place)
        })
    }
}

/// How a tensor is cut: in parts of one size, or of each its own.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Parts {
    /// All of one size; the last may be smaller.
    #[spec(positive)]
    Each(usize),
    /// The size of each.
    Sizes(Vec<usize>),
}

/// The parts of a tensor along an axis, as a list.
///
/// ```relume
/// a, b = split([1, 2, 3, 4, 5], [2, 3])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Split {
    /// A tensor.
    pub x: Operand,
    /// The size of each part (the last may be smaller), or a list of their sizes.
    pub sizes: Parts,
    /// The axis.
    #[spec(default = 0)]
    pub axis: i64,
}

impl Function for Split {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let axis = call.axis(self.x, self.axis)?;
        let whole = call.shape(self.x)?[axis];
        let sizes = match self.sizes {
            Parts::Each(size) => even_parts(whole, size),
            Parts::Sizes(sizes) => sizes,
        };
        let sum = sizes.iter().try_fold(0usize, |sum, &size| sum.checked_add(size));
        if sum != Some(whole) {
            let text =
                format!("the sizes of the parts do not add up to the {whole} of axis {axis}");
            return Err(call.failure(text));
        }
        parts(call, self.x, axis, &sizes)
    }
}

/// So many parts of a tensor along an axis, as a list; the last may be smaller, or be left out.
///
/// ```relume
/// a, b = chunk([1, 2, 3, 4, 5], 2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Chunk {
    /// A tensor.
    pub x: Operand,
    /// How many parts.
    #[spec(positive)]
    pub chunks: usize,
    /// The axis.
    #[spec(default = 0)]
    pub axis: i64,
}

impl Function for Chunk {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let axis = call.axis(self.x, self.axis)?;
        let whole = call.shape(self.x)?[axis];
        let sizes = even_parts(whole, whole.div_ceil(self.chunks).max(1));
        parts(call, self.x, axis, &sizes)
    }
}

/// The sizes of parts that are as large as can be.
fn even_parts(whole: usize, size: usize) -> Vec<usize> {
    (0..whole.div_ceil(size)).map(|i| size.min(whole - i * size)).collect()
}

fn parts(call: &mut Call<'_>, x: Operand, axis: usize, sizes: &[usize]) -> Result<Value, Failure> {
    let mut start = 0;
    let part = |&size: &usize| {
        let from = start;
        start += size;
        call.apply([x], |tape, [x]| ops::slice(tape, x, axis, from, from + size))
    };
    sizes.iter().map(part).collect::<Result<_, _>>().map(Value::List)
}
