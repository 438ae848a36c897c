//! Products of A and B transposed where both are contiguous along K: nothing is packed.

use super::dot_microkernel::{Contiguous, DotAccumulators, DotTileKernel, for_each_dot_tile};
use super::{Matrix, MatrixMut};
use crate::interrupt;
use crate::simd::{LANES, Vector, VectorKernel, dispatch_vectors};

/// The block size of K: two tiles of so many numbers fit into the first-level cache.
const KC: usize = 1024;
/// The block size of A's rows: each block meets all rows of B before the next one comes, and stays in the second-level
/// cache.
const MC: usize = 60;

/// c = a b^T, or c += a b^T if it `adds`, on the calling thread. K is summed over lane by lane, in blocks of a fixed
/// size.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, mut c: MatrixMut) {
    for start in (0..a.columns()).step_by(KC) {
        let end = (start + KC).min(a.columns());
        let (a, b) = (a.columns_part(start, end), b.columns_part(start, end));
        for row in (0..a.rows()).step_by(MC) {
            interrupt::check();
            let a = a.part(row, (row + MC).min(a.rows()));
            dispatch_vectors(Block { a, b, adds: adds || start > 0, c: c.part(row, 0) });
        }
    }
}

/// A block of A's rows times all rows of B, for one block of K.
struct Block<'a> {
    a: Matrix<'a>,
    b: Matrix<'a>,
    adds: bool,
    c: MatrixMut<'a>,
}

impl DotTileKernel for Block<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const S: usize>(&mut self, i: usize, j: usize) {
        let Block { a, b, .. } = self;
        let (columns, k) = (b.rows(), a.columns());
        // SAFETY: rows i.. of a and j.. of b exist, with all their numbers.
        unsafe {
            let left = a.data.as_ptr().add(i * a.row_stride);
            let right = b.data.as_ptr().add(j * b.row_stride);
            let mut dots = DotAccumulators::<V, R, S>::new();
            dots.add(
                std::array::from_fn(|r| left.add(r * a.row_stride)),
                std::array::from_fn(|s| right.add(s * b.row_stride)),
                Contiguous,
                k / LANES,
                k % LANES,
            );
            let stride = self.c.stride();
            let c = self.c.part(i, 0).as_mut_ptr(R, columns);
            for (r, sums) in dots.sums().into_iter().enumerate() {
                for (s, sum) in sums.into_iter().take(S).enumerate() {
                    let to = c.add(r * stride + j + s);
                    *to = if self.adds { *to + sum } else { sum };
                }
            }
        }
    }
}

impl VectorKernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        assert!(self.a.has_rows() && self.b.has_rows() && self.a.columns() == self.b.columns());
        let (rows, columns) = (self.a.rows(), self.b.rows());
        self.c.as_mut_ptr(rows, columns);
        // SAFETY: a matrix holds all its rows, and they are contiguous. There is room for the product.
        unsafe { for_each_dot_tile::<V, _>(&mut self, rows, columns) }
    }
}
