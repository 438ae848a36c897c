//! What the arguments of functions are, beside plain numbers and words.

use crate::Value;
use relume_catalog::{Choice, Field, FieldError, Type, Value as Json};

/// A tensor among the arguments of a call: its place among the values that the call holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operand(pub(super) usize);

impl Field for Operand {
    const TYPE: Type = Type::Tensor;

    fn to_value(&self) -> Json {
        Json::from(self.0)
    }

    fn from_value(value: Json) -> Result<Self, FieldError> {
        usize::from_value(value).map(Operand)
    }
}

/// A value of any kind among the arguments of a call: its place among the values that the call holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item(pub(super) usize);

impl Field for Item {
    const TYPE: Type = Type::Anything;

    fn to_value(&self) -> Json {
        Json::from(self.0)
    }

    fn from_value(value: Json) -> Result<Self, FieldError> {
        usize::from_value(value).map(Item)
    }
}

/// Axes of a tensor: one, or several; negative ones are counted from the last.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Axes {
    /// One.
    One(i64),
    /// Several.
    Several(Vec<i64>),
}

impl Axes {
    /// The axes as they were given.
    pub fn all(&self) -> &[i64] {
        match self {
            Axes::One(axis) => std::slice::from_ref(axis),
            Axes::Several(axes) => axes,
        }
    }
}

/// The sizes of a new tensor: those of all axes, or that of its only one.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum Sizes {
    /// One axis.
    One(usize),
    /// Several axes.
    Several(Vec<usize>),
}

impl Sizes {
    /// The size of each axis.
    pub fn all(&self) -> &[usize] {
        match self {
            Sizes::One(size) => std::slice::from_ref(size),
            Sizes::Several(sizes) => sizes,
        }
    }
}

/// The sizes of a tensor in another shape: -1 is what is left.
#[derive(Clone, Debug, PartialEq, Choice)]
pub enum NewSizes {
    /// One axis.
    #[spec(range = -1..)]
    One(i64),
    /// Several axes.
    #[spec(range = -1..)]
    Several(Vec<i64>),
}

impl NewSizes {
    /// The size of each axis.
    pub fn all(&self) -> &[i64] {
        match self {
            NewSizes::One(size) => std::slice::from_ref(size),
            NewSizes::Several(sizes) => sizes,
        }
    }
}

/// Whether a value can be read as a tensor.
pub fn is_tensor(value: &Value) -> bool {
    match value {
        Value::Number(_)
        | Value::Boolean(_)
        | Value::Range(..)
        | Value::Tensor(_)
        | Value::Mask(_)
        | Value::Tracked(_)
        | Value::Sample(..)
        | Value::Data(_)
        | Value::Part(_) => true,
        Value::List(items) => !items.is_empty() && items.iter().all(is_tensor),
        _ => false,
    }
}
