//! The sizes of a tensor's axes.

use crate::TensorError;
use crate::storage::ask;
use std::fmt;
use std::ops::Deref;

/// The sizes of a tensor's axes, outermost first; small enough to be copied.
///
/// A shape of no axes is that of a single number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    sizes: [usize; Shape::MAX_RANK],
    rank: u8,
}

impl Shape {
    /// The largest number of axes.
    pub const MAX_RANK: usize = 6;

    /// The shape of a single number.
    pub const SCALAR: Shape = Shape { sizes: [0; Shape::MAX_RANK], rank: 0 };

    /// A shape of the given sizes.
    ///
    /// # Errors
    /// More than [`Shape::MAX_RANK`] axes.
    pub fn new(sizes: &[usize]) -> Result<Self, TensorError> {
        if sizes.len() > Self::MAX_RANK {
            return Err(TensorError::TooManyAxes { rank: sizes.len() });
        }
        let mut shape = Self::SCALAR;
        shape.sizes[..sizes.len()].copy_from_slice(sizes);
        shape.rank = sizes.len() as u8;
        Ok(shape)
    }

    /// How many numbers a tensor of this shape holds; `usize::MAX` if there are more than that.
    pub fn count(&self) -> usize {
        let count = |sizes: &[usize]| sizes.iter().try_fold(1usize, |n, &size| n.checked_mul(size));
        // A product of sizes may overflow before a size of 0 is reached.
        if self.contains(&0) { 0 } else { count(self).unwrap_or(usize::MAX) }
    }

    /// The shape of the indices `start..end` of an axis.
    ///
    /// # Errors
    /// There is no such axis, an index is outside of it, or `start` is above `end`.
    pub(crate) fn sliced(
        &self,
        axis: usize,
        start: usize,
        end: usize,
    ) -> Result<Self, TensorError> {
        let size = *self.get(axis).ok_or(TensorError::Axis { axis, shape: *self })?;
        if end > size || start > end {
            return Err(TensorError::Index { index: end.saturating_sub(1).max(start), size });
        }
        Ok(self.with_axis(axis, end - start))
    }

    /// Checks that a new tensor of this shape fits into memory.
    ///
    /// # Errors
    /// It does not.
    pub fn check_memory(&self) -> Result<(), TensorError> {
        ask(self.count()).map_err(|refusal| refusal.of(*self))
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// The shape with another axis of `size` in front.
    ///
    /// # Errors
    /// The shape has [`Shape::MAX_RANK`] axes already.
    pub fn with_batch(&self, size: usize) -> Result<Self, TensorError> {
        let mut sizes = [size; Self::MAX_RANK];
        if self.rank() == Self::MAX_RANK {
            return Err(TensorError::TooManyAxes { rank: Self::MAX_RANK + 1 });
        }
        sizes[1..=self.rank()].copy_from_slice(self);
        Self::new(&sizes[..=self.rank()])
    }

    /// The shape without its first axis: that of one sample of a batch.
    pub fn without_batch(&self) -> Self {
        self.tail(1)
    }

    /// The sizes from axis `from` on: none if there is no such axis.
    pub fn tail(&self, from: usize) -> Self {
        let mut shape = Self::SCALAR;
        if let Some(rest) = self.get(from..) {
            shape.sizes[..rest.len()].copy_from_slice(rest);
            shape.rank = rest.len() as u8;
        }
        shape
    }

    /// The shape without axis `axis`; the same shape if there is no such axis.
    pub fn without_axis(&self, axis: usize) -> Self {
        let mut shape = Self::SCALAR;
        for (_, &size) in self.iter().enumerate().filter(|&(i, _)| i != axis) {
            shape.sizes[shape.rank()] = size;
            shape.rank += 1;
        }
        shape
    }

    /// The shape with another size of axis `axis`; the same shape if there is no such axis.
    pub fn with_axis(&self, axis: usize, size: usize) -> Self {
        let mut shape = *self;
        if axis < shape.rank() {
            shape.sizes[axis] = size;
        }
        shape
    }

    /// The shape that two shapes broadcast to, as in NumPy and PyTorch: aligned at the last axis, axes of size 1
    /// stretch.
    ///
    /// # Errors
    /// Two sizes differ and neither is 1. The error names the `operation`.
    pub fn broadcast(&self, other: &Shape, operation: &'static str) -> Result<Shape, TensorError> {
        let rank = self.rank().max(other.rank());
        let mut shape = Shape { sizes: [0; Self::MAX_RANK], rank: rank as u8 };
        for i in 0..rank {
            let size = |s: &Shape| (i + s.rank()).checked_sub(rank).map_or(1, |at| s[at]);
            shape.sizes[i] = match (size(self), size(other)) {
                (a, b) if a == b => a,
                (1, b) => b,
                (a, 1) => a,
                _ => {
                    return Err(TensorError::Mismatch { operation, left: *self, right: *other });
                }
            };
        }
        Ok(shape)
    }

    /// Numbers from one element to the next along each axis of a contiguous tensor. The first `rank` items count.
    pub fn strides(&self) -> [usize; Shape::MAX_RANK] {
        let mut strides = [0; Self::MAX_RANK];
        let mut step = 1usize;
        for axis in (0..self.rank()).rev() {
            strides[axis] = step;
            // Only an empty tensor can have strides that overflow, and nothing is read at them.
            step = step.wrapping_mul(self.sizes[axis]);
        }
        strides
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.sizes[..self.rank as usize]
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        const { assert!(N <= Shape::MAX_RANK, "too many axes") };
        let mut shape = Self::SCALAR;
        shape.sizes[..N].copy_from_slice(&sizes);
        shape.rank = N as u8;
        shape
    }
}

impl From<usize> for Shape {
    fn from(size: usize) -> Self {
        [size].into()
    }
}

impl TryFrom<&[usize]> for Shape {
    type Error = TensorError;

    fn try_from(sizes: &[usize]) -> Result<Self, TensorError> {
        Self::new(sizes)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rank == 0 {
            return f.write_str("()");
        }
        for (i, size) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(" x ")?;
            }
            write!(f, "{size}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_one_stretch_and_others_must_agree() {
        let a = Shape::from([5, 1, 3]);
        assert_eq!(a.broadcast(&[4, 1].into(), "add"), Ok([5, 4, 3].into()));
        assert_eq!(a.broadcast(&Shape::SCALAR, "add"), Ok(a));
        assert!(a.broadcast(&[2].into(), "add").is_err());
    }

    #[test]
    fn a_shape_reads_as_people_write_it() {
        assert_eq!(Shape::from([64, 8, 8]).to_string(), "64 x 8 x 8");
        assert_eq!(Shape::from([64, 8, 8]).without_axis(1), [64, 8].into());
        assert_eq!(Shape::from([64, 8, 8]).strides()[..3], [64, 8, 1]);
    }
}
