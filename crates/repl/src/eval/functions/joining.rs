//! Functions that join tensors and cut them.

use super::Function;
use super::call::Call;
use super::operand::Operand;
use crate::{Failure, Value};
use relume_autograd::ops;
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
        call.apply_all(&self.tensors, |tape, all| ops::stack(tape, all, self.axis))
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
            Parts::Sizes(sizes) => sizes,
            Parts::Each(size) => {
                (0..whole.div_ceil(size)).map(|i| size.min(whole - i * size)).collect()
            }
        };
        call.several(self.x, |tape, x| ops::split(tape, x, &sizes, self.axis))
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
        call.several(self.x, |tape, x| ops::chunk(tape, x, self.chunks, self.axis))
    }
}
