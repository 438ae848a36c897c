//! Numbers or whole numbers: what a batch holds and a network takes.

use crate::{Indices, Shape, Tensor, TensorError};

/// A tensor, or indices. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// Numbers (f32).
    Tensor(Tensor),
    /// Whole numbers (u32).
    Indices(Indices),
}

impl Array {
    /// The shape.
    pub fn shape(&self) -> Shape {
        match self {
            Array::Tensor(tensor) => tensor.shape(),
            Array::Indices(indices) => indices.shape(),
        }
    }

    /// The sizes of the axes.
    pub fn dims(&self) -> &[usize] {
        match self {
            Array::Tensor(tensor) => tensor.dims(),
            Array::Indices(indices) => indices.dims(),
        }
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.shape().count()
    }

    /// The number at a position in memory order, exact as f64.
    ///
    /// # Panics
    /// There is no such position.
    pub fn number(&self, position: usize) -> f64 {
        match self {
            Array::Tensor(tensor) => f64::from(tensor.data()[position]),
            Array::Indices(indices) => f64::from(indices.data()[position]),
        }
    }

    /// All numbers in memory order, exact as f64.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let (tensor, indices) = match self {
            Array::Tensor(tensor) => (tensor.data(), &[][..]),
            Array::Indices(indices) => (&[][..], indices.data()),
        };
        let whole = indices.iter().map(|&index| f64::from(index));
        tensor.iter().map(|&x| f64::from(x)).chain(whole)
    }

    /// The tensor; `None` where there are indices.
    pub fn as_tensor(&self) -> Option<&Tensor> {
        match self {
            Array::Tensor(tensor) => Some(tensor),
            Array::Indices(_) => None,
        }
    }

    /// The indices; `None` where there is a tensor.
    pub fn as_indices(&self) -> Option<&Indices> {
        match self {
            Array::Indices(indices) => Some(indices),
            Array::Tensor(_) => None,
        }
    }

    /// The numbers as a tensor.
    ///
    /// # Errors
    /// Indices of 2^24 or more, which f32 would round.
    pub fn to_tensor(&self) -> Result<Tensor, TensorError> {
        match self {
            Array::Tensor(tensor) => Ok(tensor.clone()),
            Array::Indices(indices) => indices.to_tensor(),
        }
    }

    /// The numbers as indices.
    ///
    /// # Errors
    /// A number that is not a whole number from 0 to 2^24 - 1, with its row.
    pub fn to_indices(&self) -> Result<Indices, TensorError> {
        match self {
            Array::Tensor(tensor) => tensor.try_into(),
            Array::Indices(indices) => Ok(indices.clone()),
        }
    }

    /// The same numbers in another shape.
    ///
    /// # Errors
    /// The shapes hold different counts.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self, TensorError> {
        Ok(match self {
            Array::Tensor(tensor) => Array::Tensor(tensor.reshape(shape)?),
            Array::Indices(indices) => Array::Indices(indices.reshape(shape)?),
        })
    }
}

impl From<Tensor> for Array {
    fn from(tensor: Tensor) -> Self {
        Array::Tensor(tensor)
    }
}

impl From<Indices> for Array {
    fn from(indices: Indices) -> Self {
        Array::Indices(indices)
    }
}

impl From<&Array> for Array {
    fn from(array: &Array) -> Self {
        array.clone()
    }
}

impl From<&Tensor> for Array {
    fn from(tensor: &Tensor) -> Self {
        Array::Tensor(tensor.clone())
    }
}

impl From<&Indices> for Array {
    fn from(indices: &Indices) -> Self {
        Array::Indices(indices.clone())
    }
}
