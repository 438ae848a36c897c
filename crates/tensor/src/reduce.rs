//! Sums, means and extremes.

use crate::simd::{Kernel, dispatch};
use crate::threads::PIECE;
use crate::{Indices, Tensor, TensorError, simd};
use rayon::prelude::*;

/// Sums pieces of `0..count` over threads. The results of the pieces are added in their order, in double precision.
fn sum_pieces(count: usize, piece: impl Fn(std::ops::Range<usize>) -> f32 + Sync) -> f32 {
    if count <= PIECE {
        return piece(0..count);
    }
    let pieces = count.div_ceil(PIECE);
    let mut sums = Tensor::uninit(pieces);
    sums.data_mut().par_iter_mut().enumerate().for_each(|(i, sum)| {
        *sum = piece(i * PIECE..((i + 1) * PIECE).min(count));
    });
    sums.data().iter().map(|&x| f64::from(x)).sum::<f64>() as f32
}

/// Adds the rows of a block, one after the other, to as many sums as a row has numbers.
struct AddRows<'a> {
    sums: &'a mut [f32],
    block: &'a [f32],
}

impl Kernel for AddRows<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for row in self.block.chunks_exact(self.sums.len()) {
            for (sum, &x) in self.sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
    }
}

impl Tensor {
    /// The sum of all numbers.
    pub fn sum(&self) -> f32 {
        let x = self.data();
        sum_pieces(x.len(), |range| simd::sum(&x[range]))
    }

    /// The mean of all numbers; NaN if there are none.
    pub fn mean(&self) -> f32 {
        self.sum() / self.count() as f32
    }

    /// The dot product of the numbers of two tensors in memory order.
    ///
    /// # Errors
    /// The counts differ.
    pub fn dot(&self, other: &Tensor) -> Result<f32, TensorError> {
        if self.count() != other.count() {
            let (left, right) = (self.shape(), other.shape());
            return Err(TensorError::Mismatch { operation: "dot", left, right });
        }
        let (a, b) = (self.data(), other.data());
        Ok(sum_pieces(a.len(), |range| simd::dot(&a[range.clone()], &b[range])))
    }

    /// The square root of the sum of squares.
    pub fn norm(&self) -> f32 {
        let x = self.data();
        sum_pieces(x.len(), |range| simd::dot(&x[range.clone()], &x[range])).sqrt()
    }

    /// The sum over one axis, which is removed.
    ///
    /// # Errors
    /// There is no such axis, or the result does not fit into memory.
    pub fn sum_axis(&self, axis: usize) -> Result<Tensor, TensorError> {
        let shape = self.shape();
        let size = *shape.get(axis).ok_or(TensorError::Axis { axis, shape })?;
        let mut out = Tensor::try_uninit(shape.without_axis(axis))?;
        out.data_mut().fill(0.0);
        if self.count() == 0 {
            return Ok(out);
        }
        let inner = shape.tail(axis + 1).count();
        let blocks = self.data().chunks_exact(size * inner);
        if inner == 1 {
            for (sum, block) in out.data_mut().iter_mut().zip(blocks) {
                *sum = simd::sum(block);
            }
            return Ok(out);
        }
        for (sums, block) in out.data_mut().chunks_exact_mut(inner).zip(blocks) {
            dispatch(AddRows { sums, block });
        }
        Ok(out)
    }

    /// The mean over one axis, which is removed; NaN over an empty one.
    ///
    /// # Errors
    /// There is no such axis, or the result does not fit into memory.
    pub fn mean_axis(&self, axis: usize) -> Result<Tensor, TensorError> {
        let mut out = self.sum_axis(axis)?;
        let size = self.shape()[axis] as f32;
        out.map_in_place(|x| x / size);
        Ok(out)
    }

    /// The largest number; NaN if there is one, negative infinity if there are no numbers.
    pub fn max(&self) -> f32 {
        self.data()
            .iter()
            .fold(f32::NEG_INFINITY, |most, &x| if x > most || x.is_nan() { x } else { most })
    }

    /// The smallest number; NaN if there is one, infinity if there are no numbers.
    pub fn min(&self) -> f32 {
        self.data()
            .iter()
            .fold(f32::INFINITY, |least, &x| if x < least || x.is_nan() { x } else { least })
    }

    /// The largest number along one axis, which is removed; NaN where there is one.
    ///
    /// # Errors
    /// There is no such axis, or it is empty.
    pub fn max_axis(&self, axis: usize) -> Result<Tensor, TensorError> {
        let (positions, _) = self.argmax_axis(axis)?;
        let shape = self.shape();
        let inner = shape.tail(axis + 1).count();
        let block = shape[axis].saturating_mul(inner);
        let mut out = Tensor::uninit(positions.shape());
        for (i, (slot, &at)) in out.data_mut().iter_mut().zip(positions.data()).enumerate() {
            *slot = self.data()[i / inner * block + at as usize * inner + i % inner];
        }
        Ok(out)
    }

    /// The position of the first largest number along one axis, which disappears, and the axis' stride; NaNs win.
    ///
    /// # Errors
    /// There is no such axis, nothing along it, or more than 2^32 numbers.
    pub fn argmax_axis(&self, axis: usize) -> Result<(Indices, usize), TensorError> {
        let shape = self.shape();
        let size = *shape.get(axis).ok_or(TensorError::Axis { axis, shape })?;
        if size == 0 {
            return Err(TensorError::Index { index: 0, size });
        }
        if u32::try_from(size - 1).is_err() {
            return Err(TensorError::LargeIndex { index: size - 1 });
        }
        let inner = shape.tail(axis + 1).count();
        let mut out = Indices::uninit(shape.without_axis(axis));
        for (i, slot) in out.data_mut().iter_mut().enumerate() {
            let start = i / inner * size * inner + i % inner;
            let at = |k: usize| self.data()[start + k * inner];
            let mut best = 0;
            for k in 1..size {
                if at(k) > at(best) || (at(k).is_nan() && !at(best).is_nan()) {
                    best = k;
                }
            }
            *slot = best as u32;
        }
        Ok((out, inner))
    }

    /// The variance of all numbers, with their count as the divisor; NaN if there are none.
    pub fn variance(&self) -> f32 {
        let mean = self.mean();
        self.map(|x| (x - mean) * (x - mean)).mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_over_each_axis_are_numpys() {
        let t = Tensor::from_fn([2, 3, 2], |i| (i * i) as f32);
        // numpy: (np.arange(12) ** 2).reshape(2, 3, 2).sum(axis)
        assert_eq!(t.sum_axis(0).unwrap().data(), [36., 50., 68., 90., 116., 146.]);
        assert_eq!(t.sum_axis(1).unwrap().data(), [20., 35., 200., 251.]);
        assert_eq!(t.sum_axis(2).unwrap().data(), [1., 13., 41., 85., 145., 221.]);
        assert_eq!(t.sum(), 506.0);
        assert!(t.sum_axis(3).is_err());
    }

    #[test]
    fn the_first_largest_wins_and_nan_beats_all() {
        let t = Tensor::new([2, 3], vec![1., 7., 7., 2., f32::NAN, 9.]).unwrap();
        assert_eq!(t.argmax_axis(1).unwrap().0.data(), [1, 1]);
        assert_eq!(t.max_axis(0).unwrap().data()[0], 2.0);
        assert!(t.max().is_nan() && t.max_axis(1).unwrap().data()[1].is_nan());
    }

    #[test]
    fn a_long_sum_is_exact_to_a_few_units_and_the_same_for_any_number_of_threads() {
        let t = Tensor::from_fn(1_000_003, |i| 1.0 / (i + 1) as f32);
        let exact: f64 = t.data().iter().map(|&x| f64::from(x)).sum();
        assert!((f64::from(t.sum()) - exact).abs() < 2e-6 * exact);
        let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        assert_eq!(pool(1).install(|| t.sum()), pool(3).install(|| t.sum()));
    }
}
