//! The tensor: numbers with a shape.

use crate::half::{Half, Halves};
use crate::storage::Storage;
use crate::threads::PIECE;
use crate::{Shape, TensorError, interrupt};
use std::fmt;
use std::ops::Range;

/// Numbers (f32) with a shape, contiguous in row-major order, cheap to clone.
///
/// Clones share their numbers until one of them is written to.
///
/// Weights may be stored in half precision ([`Tensor::to_precision`]). They read as f32 all the same: [`Tensor::data`]
/// widens them when it is first asked and keeps that as long as this tensor lives; a clone starts without. Writing
/// makes them f32.
///
/// The constructors that return no `Result` panic if the tensor does not fit into memory, as `Vec` does. For sizes that
/// come from data, make the tensor with [`Tensor::try_uninit`].
#[derive(Clone)]
pub struct Tensor {
    shape: Shape,
    numbers: Numbers,
}

/// Where the numbers of a tensor are.
#[derive(Clone)]
pub(crate) enum Numbers {
    /// In f32.
    Single(Storage),
    /// In half precision.
    Half(Box<Half>),
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
        Ok(Tensor { shape, numbers: Numbers::Single(Storage::owned(values)) })
    }

    /// A tensor of arbitrary numbers, for results that are written in full (`torch.empty`).
    ///
    /// # Panics
    /// It does not fit into memory.
    pub fn uninit(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Tensor { shape, numbers: Numbers::Single(Storage::uninit(shape.count())) }
    }

    /// Like [`Tensor::uninit`], for sizes that come from data.
    ///
    /// # Errors
    /// The tensor does not fit into memory.
    pub fn try_uninit(shape: impl Into<Shape>) -> Result<Self, TensorError> {
        let shape = shape.into();
        let storage = Storage::try_uninit(shape.count()).map_err(|refusal| refusal.of(shape))?;
        Ok(Tensor { shape, numbers: Numbers::Single(storage) })
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

    /// A tensor without axes, which holds one number.
    pub fn scalar(value: f32) -> Self {
        Self::full(Shape::SCALAR, value)
    }

    /// A tensor of one axis.
    pub fn vector(values: &[f32]) -> Self {
        let mut tensor = Self::uninit(values.len());
        tensor.data_mut().copy_from_slice(values);
        tensor
    }

    /// A tensor whose numbers are `value` of each position in memory order.
    pub fn from_fn(shape: impl Into<Shape>, mut value: impl FnMut(usize) -> f32) -> Self {
        let mut tensor = Self::uninit(shape);
        for (piece, part) in tensor.data_mut().chunks_mut(PIECE).enumerate() {
            interrupt::check();
            for (i, slot) in part.iter_mut().enumerate() {
                *slot = value(piece * PIECE + i);
            }
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
        match &self.numbers {
            Numbers::Single(storage) => storage.values().len(),
            Numbers::Half(half) => half.halves().bits().len(),
        }
    }

    /// The numbers in memory order, as f32.
    pub fn data(&self) -> &[f32] {
        match &self.numbers {
            Numbers::Single(storage) => storage.values(),
            Numbers::Half(half) => half.wide(),
        }
    }

    /// The numbers as they are stored in half precision; `None` if they are in f32.
    pub fn halves(&self) -> Option<Halves<'_>> {
        match &self.numbers {
            Numbers::Single(_) => None,
            Numbers::Half(half) => Some(half.halves()),
        }
    }

    pub(crate) fn of(shape: Shape, numbers: Numbers) -> Self {
        Tensor { shape, numbers }
    }

    /// The numbers for writing; copied first if another tensor shares them, and widened to f32 if they are in half
    /// precision.
    pub fn data_mut(&mut self) -> &mut [f32] {
        if let Numbers::Half(half) = &self.numbers {
            self.numbers = Numbers::Single(half.to_wide());
        }
        match &mut self.numbers {
            Numbers::Single(storage) => storage.values_mut(),
            Numbers::Half(_) => &mut [],
        }
    }

    /// Whether no other tensor shares the numbers, so that writing to them copies nothing.
    pub fn is_unique(&mut self) -> bool {
        match &mut self.numbers {
            Numbers::Single(storage) => storage.is_unique(),
            Numbers::Half(_) => false,
        }
    }

    /// Whether two tensors share the same buffer.
    pub fn shares_with(&self, other: &Tensor) -> bool {
        match (&self.numbers, &other.numbers) {
            (Numbers::Single(a), Numbers::Single(b)) => a.shares_with(b),
            (Numbers::Half(a), Numbers::Half(b)) => a.shares_with(b),
            _ => false,
        }
    }

    /// The number of a tensor that holds exactly one.
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
        Ok(Tensor { shape, numbers: self.numbers.clone() })
    }

    /// The numbers at one index of the first axis, without that axis.
    ///
    /// # Errors
    /// There are no axes, or the index is outside of the first one.
    pub fn at(&self, index: usize) -> Result<Self, TensorError> {
        let rows = self.slice(0, index, index.saturating_add(1))?;
        rows.reshape(self.shape.without_batch())
    }

    /// The indices `start..end` of an axis.
    ///
    /// # Errors
    /// There is no such axis, an index is outside of it, or `start` is above `end`.
    pub fn slice(&self, axis: usize, start: usize, end: usize) -> Result<Self, TensorError> {
        let mut out = Self::uninit(self.shape.sliced(axis, start, end)?);
        copy_slice(self.data(), self.shape.tail(axis), start..end, out.data_mut());
        Ok(out)
    }

    /// The rows of the first axis at these indices, in their order.
    ///
    /// # Errors
    /// There are no axes, or the index is outside of the first one.
    pub fn gather(&self, indices: &[usize]) -> Result<Self, TensorError> {
        let size = *self.shape.first().ok_or(TensorError::Axis { axis: 0, shape: self.shape })?;
        if let Some(&index) = indices.iter().find(|&&index| index >= size) {
            return Err(TensorError::Index { index, size });
        }
        let mut out = Self::try_uninit(self.shape.with_axis(0, indices.len()))?;
        if out.count() > 0 {
            let width = self.shape.tail(1).count();
            for (row, &index) in out.data_mut().chunks_exact_mut(width).zip(indices) {
                row.copy_from_slice(&self.data()[index * width..][..width]);
            }
        }
        Ok(out)
    }

    /// Tensors joined along an axis. All other axes must have the same sizes.
    ///
    /// # Errors
    /// There are no tensors or there is no such axis, other sizes differ, or the result does not fit into memory.
    pub fn concat(tensors: &[&Tensor], axis: usize) -> Result<Self, TensorError> {
        let first = match tensors.first() {
            Some(first) if axis < first.rank() => first.shape,
            other => {
                let shape = other.map_or(Shape::SCALAR, |t| t.shape);
                return Err(TensorError::Axis { axis, shape });
            }
        };
        let mut total = 0usize;
        for tensor in tensors {
            let fits = tensor.rank() == first.rank()
                && tensor.shape.without_axis(axis) == first.without_axis(axis);
            if !fits {
                let (left, right) = (first, tensor.shape);
                return Err(TensorError::Mismatch { operation: "concat", left, right });
            }
            total = total.saturating_add(tensor.shape[axis]);
        }
        let mut out = Self::try_uninit(first.with_axis(axis, total))?;
        if out.count() == 0 {
            return Ok(out);
        }
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

/// Copies some indices of the first axis of each of the blocks, of this shape, that numbers consist of.
pub(crate) fn copy_slice<T: Copy>(from: &[T], block: Shape, indices: Range<usize>, to: &mut [T]) {
    if to.is_empty() {
        return;
    }
    let inner = block.tail(1).count();
    let blocks = from.chunks_exact(block.count());
    for (to, from) in to.chunks_exact_mut(indices.len() * inner).zip(blocks) {
        to.copy_from_slice(&from[indices.start * inner..indices.end * inner]);
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
