//! Broadcasting: arithmetic between tensors of different shapes, where axes of size 1 stretch.

use crate::threads::{PIECE, for_pieces};
use crate::{Shape, Tensor, TensorError, simd};

impl Tensor {
    /// `f` of each pair of numbers, with the shapes broadcast as in NumPy and PyTorch.
    ///
    /// # Errors
    /// Two sizes differ and neither is 1, or the result does not fit into memory. The error names the `operation`.
    pub fn broadcast_with(
        &self,
        other: &Tensor,
        operation: &'static str,
        f: impl Fn(f32, f32) -> f32 + Sync,
    ) -> Result<Tensor, TensorError> {
        if self.shape() == other.shape() {
            return self.zip(other, operation, f);
        }
        if let [b] = *other.data()
            && other.rank() <= self.rank()
        {
            return Ok(self.map(|a| f(a, b)));
        }
        if let [a] = *self.data()
            && self.rank() <= other.rank()
        {
            return Ok(other.map(|b| f(a, b)));
        }
        let shape = self.shape().broadcast(&other.shape(), operation)?;
        let left = self.broadcast_to(shape)?;
        let right = other.broadcast_to(shape)?;
        left.zip(&right, operation, f)
    }

    /// The tensor broadcast to a larger shape.
    ///
    /// # Errors
    /// An axis that is neither 1 nor of the wanted size, or a result that does not fit into memory.
    pub fn broadcast_to(&self, shape: Shape) -> Result<Tensor, TensorError> {
        if self.shape() == shape {
            return Ok(self.clone());
        }
        let stretched = self.shape().broadcast(&shape, "stretching")?;
        if stretched != shape {
            let (left, right) = (self.shape(), shape);
            return Err(TensorError::Mismatch { operation: "stretching", left, right });
        }
        let mut out = Tensor::try_uninit(shape)?;
        let offsets = RowOffsets::new(self.shape(), shape);
        let width = shape.last().copied().unwrap_or(1).max(1);
        let rows = (PIECE / width).max(1);
        let from = self.data();
        let last_axis_stretches = self.shape().last().is_none_or(|&size| size == 1);
        for_pieces(out.data_mut(), rows * width, |piece, part| {
            for (i, row) in part.chunks_mut(width).enumerate() {
                let at = offsets.of_row(piece * rows + i);
                match last_axis_stretches {
                    true => row.fill(from[at]),
                    false => row.copy_from_slice(&from[at..at + width]),
                }
            }
        });
        Ok(out)
    }

    /// The sum over every axis along which a smaller shape is broadcast to this one: the gradient of broadcasting.
    ///
    /// # Errors
    /// The shape does not broadcast to this tensor's, or the result does not fit into memory.
    pub fn sum_to(&self, shape: Shape) -> Result<Tensor, TensorError> {
        if self.shape() == shape {
            return Ok(self.clone());
        }
        if shape.broadcast(&self.shape(), "summing")? != self.shape() {
            let (left, right) = (self.shape(), shape);
            return Err(TensorError::Mismatch { operation: "summing", left, right });
        }
        if shape.count() == 1 {
            return Tensor::scalar(self.sum()).reshape(shape);
        }
        let mut out = Tensor::try_uninit(shape)?;
        out.data_mut().fill(0.0);
        let offsets = RowOffsets::new(shape, self.shape());
        let width = self.shape().last().copied().unwrap_or(1).max(1);
        let last_axis_stretches = shape.last().is_none_or(|&size| size == 1);
        let to = out.data_mut();
        for (i, row) in self.data().chunks(width).enumerate() {
            let at = offsets.of_row(i);
            match last_axis_stretches {
                true => to[at] += row.iter().sum::<f32>(),
                false => simd::map2_in_place(&mut to[at..at + width], row, |a, b| a + b),
            }
        }
        Ok(out)
    }
}

/// Where the rows (last axes) of a large shape are in a smaller one that broadcasts to it.
struct RowOffsets {
    large: Shape,
    // The small shape's stride along each axis of the large one; 0 where it stretches.
    steps: [usize; Shape::MAX_RANK],
}

impl RowOffsets {
    fn new(small: Shape, large: Shape) -> Self {
        let mut steps = [0; Shape::MAX_RANK];
        let offset = large.rank() - small.rank();
        let strides = small.strides();
        for axis in (0..small.rank()).filter(|&axis| small[axis] != 1) {
            steps[axis + offset] = strides[axis];
        }
        RowOffsets { large, steps }
    }

    fn of_row(&self, mut row: usize) -> usize {
        let mut place = 0;
        for axis in (0..self.large.rank().saturating_sub(1)).rev() {
            let size = self.large[axis].max(1);
            place += row % size * self.steps[axis];
            row /= size;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_stretch_as_in_numpy() {
        // numpy: np.arange(3)[:, None] * 10 + np.arange(2)
        let a = Tensor::new([3, 1], vec![0., 1., 2.]).unwrap();
        let b = Tensor::vector(&[0., 1.]);
        let sum = a.broadcast_with(&b, "addition", |a, b| a * 10. + b).unwrap();
        assert_eq!(sum, Tensor::new([3, 2], vec![0., 1., 10., 11., 20., 21.]).unwrap());
    }

    #[test]
    fn summing_undoes_stretching() {
        let t = Tensor::from_fn([2, 3, 4], |i| i as f32);
        // numpy: np.arange(24).reshape(2, 3, 4).sum((0, 2), keepdims=True)
        assert_eq!(t.sum_to([1, 3, 1].into()).unwrap().data(), [60., 92., 124.]);
        // ... .sum((0, 1))
        assert_eq!(t.sum_to([4].into()).unwrap().data(), [60., 66., 72., 78.]);
        assert_eq!(t.sum_to(Shape::SCALAR).unwrap().data(), [276.]);
        assert!(t.sum_to([5].into()).is_err());
    }
}
