//! The tensor: numbers with a shape.

use crate::storage::Storage;
use crate::{Shape, TensorError};
use std::fmt;

/// Numbers (f32) in rows: contiguous, the last axis the fastest, cheap to clone.
///
/// Clones share their numbers until one of them is written to.
#[derive(Clone)]
pub struct Tensor {
    shape: Shape,
    storage: Storage,
}

impl Tensor {
    /// A tensor of the given shape and numbers.
    ///
    /// # Errors
    /// The number of values is not the shape's.
    pub fn new(shape: impl Into<Shape>, values: Vec<f32>) -> Result<Self, TensorError> {
        let shape = shape.into();
        if shape.count() != values.len() {
            return Err(TensorError::Count { shape, given: values.len() });
        }
        Ok(Tensor { shape, storage: Storage::owned(values) })
    }

    /// A tensor whose numbers are whatever its buffer held before: for results that are written in full.
    pub fn uninit(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Tensor { shape, storage: Storage::uninit(shape.count()) }
    }

    /// A tensor of one number repeated.
    pub fn full(shape: impl Into<Shape>, value: f32) -> Self {
        let mut tensor = Self::uninit(shape);
        tensor.data_mut().fill(value);
        tensor
    }

    /// A tensor of zeros.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        Self::full(shape, 0.0)
    }

    /// A tensor of ones.
    pub fn ones(shape: impl Into<Shape>) -> Self {
        Self::full(shape, 1.0)
    }

    /// A tensor of no axes that holds one number.
    pub fn scalar(value: f32) -> Self {
        Self::full(Shape::SCALAR, value)
    }

    /// A tensor of one axis.
    pub fn vector(values: &[f32]) -> Self {
        let mut tensor = Self::uninit(values.len());
        tensor.data_mut().copy_from_slice(values);
        tensor
    }

    /// A tensor made by calling `value` with each position in memory order.
    pub fn from_fn(shape: impl Into<Shape>, mut value: impl FnMut(usize) -> f32) -> Self {
        let mut tensor = Self::uninit(shape);
        for (i, slot) in tensor.data_mut().iter_mut().enumerate() {
            *slot = value(i);
        }
        tensor
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The sizes of the axes.
    pub fn dims(&self) -> &[usize] {
        &self.shape
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.storage.values().len()
    }

    /// The numbers in memory order.
    pub fn data(&self) -> &[f32] {
        self.storage.values()
    }

    /// The numbers for writing; copied first if another tensor shares them.
    pub fn data_mut(&mut self) -> &mut [f32] {
        self.storage.values_mut()
    }

    /// Whether nobody else shares the numbers, so that writing to them copies nothing.
    pub fn is_unique(&mut self) -> bool {
        self.storage.is_unique()
    }

    /// Whether two tensors stand on the same buffer.
    pub fn shares_with(&self, other: &Tensor) -> bool {
        self.storage.shares_with(&other.storage)
    }

    /// The single number of a tensor that holds just one.
    pub fn item(&self) -> Option<f32> {
        match self.data() {
            [value] => Some(*value),
            _ => None,
        }
    }

    /// The same numbers in another shape.
    ///
    /// # Errors
    /// The shapes hold different counts.
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self, TensorError> {
        let shape = shape.into();
        if shape.count() != self.count() {
            return Err(TensorError::Count { shape, given: self.count() });
        }
        Ok(Tensor { shape, storage: self.storage.clone() })
    }

    /// The numbers of one index of the first axis, without that axis.
    ///
    /// # Errors
    /// No axes, or an index beyond the first.
    pub fn at(&self, index: usize) -> Result<Self, TensorError> {
        let rows = self.slice(0, index, index + 1)?;
        rows.reshape(self.shape.without_batch())
    }

    /// The indices `start..end` of an axis.
    ///
    /// # Errors
    /// No such axis, or an index beyond it.
    pub fn slice(&self, axis: usize, start: usize, end: usize) -> Result<Self, TensorError> {
        let size = *self.shape.get(axis).ok_or(TensorError::Axis { axis, shape: self.shape })?;
        if end > size || start > end {
            return Err(TensorError::Index { index: end.saturating_sub(1).max(start), size });
        }
        let inner = self.shape.tail(axis + 1).count();
        let mut out = Self::uninit(self.shape.with_axis(axis, end - start));
        let width = (end - start) * inner;
        if width > 0 {
            let sources = self.data().chunks_exact(size * inner);
            for (to, from) in out.data_mut().chunks_exact_mut(width).zip(sources) {
                to.copy_from_slice(&from[start * inner..end * inner]);
            }
        }
        Ok(out)
    }

    /// Rows of the first axis, picked by index, in that order.
    ///
    /// # Errors
    /// No axes, or an index beyond the first.
    pub fn gather(&self, indices: &[usize]) -> Result<Self, TensorError> {
        let size = *self.shape.first().ok_or(TensorError::Axis { axis: 0, shape: self.shape })?;
        if let Some(&index) = indices.iter().find(|&&index| index >= size) {
            return Err(TensorError::Index { index, size });
        }
        let width = self.shape.tail(1).count();
        let mut out = Self::uninit(self.shape.with_axis(0, indices.len()));
        if width > 0 {
            for (row, &index) in out.data_mut().chunks_exact_mut(width).zip(indices) {
                row.copy_from_slice(&self.data()[index * width..][..width]);
            }
        }
        Ok(out)
    }

    /// Tensors joined along an axis; all other axes must agree.
    ///
    /// # Errors
    /// No such axis, or sizes that differ elsewhere.
    pub fn concat(tensors: &[&Tensor], axis: usize) -> Result<Self, TensorError> {
        let first = match tensors.first() {
            Some(first) if axis < first.rank() => first.shape,
            other => {
                let shape = other.map_or(Shape::SCALAR, |t| t.shape);
                return Err(TensorError::Axis { axis, shape });
            }
        };
        let mut total = 0;
        for tensor in tensors {
            let fits = tensor.rank() == first.rank()
                && tensor.shape.without_axis(axis) == first.without_axis(axis);
            if !fits {
                let (left, right) = (first, tensor.shape);
                return Err(TensorError::Mismatch { operation: "concat", left, right });
            }
            total += tensor.shape[axis];
        }
        let mut out = Self::uninit(first.with_axis(axis, total));
        let inner = first.tail(axis + 1).count();
        let mut at = 0;
        for tensor in tensors {
            let width = tensor.shape[axis] * inner;
            if width > 0 {
                let rows = out.data_mut().chunks_exact_mut(total * inner);
                for (row, from) in rows.zip(tensor.data().chunks_exact(width)) {
                    row[at..at + width].copy_from_slice(from);
                }
            }
            at += width;
        }
        Ok(out)
    }
}

impl PartialEq for Tensor {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.data() == other.data()
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        write!(f, "Tensor({}; ", self.shape)?;
        f.debug_list().entries(self.data().iter().take(SHOWN)).finish()?;
        f.write_str(if self.count() > SHOWN { " ...)" } else { ")" })
    }
}

impl From<f32> for Tensor {
    fn from(value: f32) -> Self {
        Self::scalar(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: impl Into<Shape>) -> Tensor {
        Tensor::from_fn(shape, |i| i as f32)
    }

    #[test]
    fn slices_of_an_inner_axis_keep_their_order() {
        let part = counted([2, 3, 2]).slice(1, 1, 3).unwrap();
        assert_eq!(part, Tensor::new([2, 2, 2], vec![2., 3., 4., 5., 8., 9., 10., 11.]).unwrap());
        assert!(counted([2, 3]).slice(1, 2, 4).is_err());
        assert!(counted([2, 3]).slice(2, 0, 1).is_err());
    }

    #[test]
    fn concat_undoes_slices() {
        let whole = counted([2, 5, 3]);
        let parts = [whole.slice(1, 0, 2).unwrap(), whole.slice(1, 2, 5).unwrap()];
        assert_eq!(Tensor::concat(&[&parts[0], &parts[1]], 1).unwrap(), whole);
    }

    #[test]
    fn gather_picks_rows_in_the_order_asked_for() {
        let picked = counted([3, 2]).gather(&[2, 0, 2]).unwrap();
        assert_eq!(picked.data(), [4., 5., 0., 1., 4., 5.]);
        assert_eq!(counted([3]).gather(&[3]), Err(TensorError::Index { index: 3, size: 3 }));
    }

    #[test]
    fn a_wrong_count_is_refused() {
        assert!(Tensor::new([2, 2], vec![0.0; 3]).is_err());
        assert!(counted([4]).reshape([3]).is_err());
    }
}
