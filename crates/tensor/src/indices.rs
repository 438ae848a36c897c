//! Whole numbers with a shape: classes, tokens, lengths, positions.

use crate::storage::Storage;
use crate::tensor::copy_slice;
use crate::{Shape, Tensor, TensorError};
use std::fmt;

/// Whole numbers (u32) in rows: contiguous, the last axis the fastest, cheap to clone. They have no gradient.
///
/// Clones share their numbers until one of them is written to. A [`Tensor`] holds whole numbers exactly only below
/// 2^24; indices are exact up to 2^32 - 1.
#[derive(Clone)]
pub struct Indices {
    shape: Shape,
    storage: Storage<u32>,
}

/// Above this, neighbouring whole numbers are the same f32.
const EXACT_IN_F32: u32 = 1 << 24;

impl Indices {
    /// Indices of the given shape and numbers.
    ///
    /// # Errors
    /// The number of values is not the shape's.
    pub fn new(shape: impl Into<Shape>, values: Vec<u32>) -> Result<Self, TensorError> {
        let shape = shape.into();
        if shape.count() != values.len() {
            return Err(TensorError::Count { shape, given: values.len() });
        }
        Ok(Indices { shape, storage: Storage::owned(values) })
    }

    /// Indices of arbitrary numbers, for results that are written in full.
    pub fn uninit(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Indices { shape, storage: Storage::uninit(shape.count()) }
    }

    /// Indices of one number repeated.
    pub fn full(shape: impl Into<Shape>, value: u32) -> Self {
        let mut indices = Self::uninit(shape);
        indices.data_mut().fill(value);
        indices
    }

    /// Indices made by calling `value` with each position in memory order.
    pub fn from_fn(shape: impl Into<Shape>, mut value: impl FnMut(usize) -> u32) -> Self {
        let mut indices = Self::uninit(shape);
        for (i, slot) in indices.data_mut().iter_mut().enumerate() {
            *slot = value(i);
        }
        indices
    }

    /// Indices of one axis.
    ///
    /// # Errors
    /// A number above 2^32 - 1.
    pub fn vector(values: &[usize]) -> Result<Self, TensorError> {
        let mut indices = Self::uninit(values.len());
        for (slot, &value) in indices.data_mut().iter_mut().zip(values) {
            *slot = u32::try_from(value).map_err(|_| TensorError::LargeIndex { index: value })?;
        }
        Ok(indices)
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
    pub fn data(&self) -> &[u32] {
        self.storage.values()
    }

    /// The numbers for writing; copied first if other indices share them.
    pub fn data_mut(&mut self) -> &mut [u32] {
        self.storage.values_mut()
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
        Ok(Indices { shape, storage: self.storage.clone() })
    }

    /// Rows of the first axis, picked by index, in that order.
    ///
    /// # Errors
    /// No axes, or an index beyond the first.
    pub fn gather(&self, rows: &[usize]) -> Result<Self, TensorError> {
        let size = *self.shape.first().ok_or(TensorError::Axis { axis: 0, shape: self.shape })?;
        if let Some(&index) = rows.iter().find(|&&row| row >= size) {
            return Err(TensorError::Index { index, size });
        }
        let width = self.shape.tail(1).count();
        let mut out = Self::uninit(self.shape.with_axis(0, rows.len()));
        if width > 0 {
            for (to, &row) in out.data_mut().chunks_exact_mut(width).zip(rows) {
                to.copy_from_slice(&self.data()[row * width..][..width]);
            }
        }
        Ok(out)
    }

    /// The numbers at the indices `start..end` of an axis.
    ///
    /// # Errors
    /// There is no such axis, an index is outside of it, or `start` is above `end`.
    pub fn slice(&self, axis: usize, start: usize, end: usize) -> Result<Self, TensorError> {
        let mut out = Self::uninit(self.shape.sliced(axis, start, end)?);
        copy_slice(self.data(), self.shape.tail(axis), start..end, out.data_mut());
        Ok(out)
    }

    /// The same numbers as f32.
    ///
    /// # Errors
    /// A number of 2^24 or more, which f32 would round.
    pub fn to_tensor(&self) -> Result<Tensor, TensorError> {
        if let Some(&index) = self.data().iter().find(|&&index| index >= EXACT_IN_F32) {
            return Err(TensorError::InexactIndex { index });
        }
        Ok(Tensor::from_fn(self.shape, |i| self.data()[i] as f32))
    }
}

impl TryFrom<&Tensor> for Indices {
    type Error = TensorError;

    /// The same numbers, which must be whole and from 0 to 2^24 - 1: larger ones may have been rounded when they became
    /// f32.
    fn try_from(tensor: &Tensor) -> Result<Self, TensorError> {
        let is_index = |x: f32| (0.0..EXACT_IN_F32 as f32).contains(&x) && x.fract() == 0.0;
        if let Some(position) = tensor.data().iter().position(|&x| !is_index(x)) {
            let row = position / tensor.shape().tail(1).count().max(1);
            return Err(TensorError::NoIndex { row, value: tensor.data()[position] });
        }
        Ok(Self::from_fn(tensor.shape(), |i| tensor.data()[i] as u32))
    }
}

impl PartialEq for Indices {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.data() == other.data()
    }
}

impl fmt::Debug for Indices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        write!(f, "Indices({}; ", self.shape)?;
        f.debug_list().entries(self.data().iter().take(SHOWN)).finish()?;
        f.write_str(if self.count() > SHOWN { " ...)" } else { ")" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_pass_through_f32_or_are_refused_never_rounded() {
        let indices = Indices::new([2, 2], vec![0, 7, 16_777_215, 3]).unwrap();
        let tensor = indices.to_tensor().unwrap();
        assert_eq!(tensor.data(), [0.0, 7.0, 16_777_215.0, 3.0]);
        assert_eq!(Indices::try_from(&tensor).unwrap(), indices);
        let large = Indices::new(1, vec![16_777_217]).unwrap();
        assert_eq!(large.to_tensor(), Err(TensorError::InexactIndex { index: 16_777_217 }));
        // 16777217 was rounded to 16777216 before this call.
        for value in [16_777_217.0, -1.0, 0.5, f32::INFINITY] {
            let tensor = Tensor::new([3, 1], vec![0.0, value, 0.0]).unwrap();
            assert_eq!(Indices::try_from(&tensor), Err(TensorError::NoIndex { row: 1, value }));
        }
        assert!(Indices::try_from(&Tensor::scalar(f32::NAN)).is_err());
    }

    #[test]
    fn a_number_beyond_u32_is_refused() {
        assert_eq!(Indices::vector(&[5, 0]).unwrap().data(), [5, 0]);
        let error = Indices::vector(&[1 << 32]);
        assert_eq!(error, Err(TensorError::LargeIndex { index: 1 << 32 }));
    }

    #[test]
    fn a_slice_has_the_numbers_of_its_indices() {
        // numpy: np.arange(12).reshape(2, 3, 2)[:, 1:3].
        let indices = Indices::from_fn([2, 3, 2], |i| i as u32);
        let part = indices.slice(1, 1, 3).unwrap();
        assert_eq!((part.dims(), part.data()), (&[2, 2, 2][..], &[2, 3, 4, 5, 8, 9, 10, 11][..]));
        assert_eq!(indices.slice(0, 1, 1).unwrap().count(), 0);
        assert!(indices.slice(1, 2, 4).is_err() && indices.slice(3, 0, 0).is_err());
    }

    #[test]
    fn gather_picks_rows_in_the_order_asked_for() {
        let rows = Indices::from_fn([3, 2], |i| i as u32);
        assert_eq!(rows.gather(&[2, 0]).unwrap().data(), [4, 5, 0, 1]);
        assert_eq!(rows.gather(&[3]), Err(TensorError::Index { index: 3, size: 3 }));
    }
}
