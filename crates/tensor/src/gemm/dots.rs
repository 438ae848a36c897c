//! Products of rows with rows, where both sides lie in the order that is summed over: nothing is packed.

use super::{Matrix, Target};
use crate::kernels::{
    Contiguous, DotTiles, Dots, LANES, Register, RegisterKernel, dispatch, for_dots,
};

/// Terms that are summed up at once: two tiles of so many fit into the first-level cache.
const TERMS: usize = 1024;
/// Rows of the left side that meet all rows of the right one before the next come: they stay in the second-level cache.
const ROWS: usize = 60;

/// c = a b^T, or c += a b^T if it `adds`, on this thread; the terms are summed up lane by lane, in blocks of a fixed size.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, c: Target) {
    for start in (0..a.columns()).step_by(TERMS) {
        let end = (start + TERMS).min(a.columns());
        let (a, b) = (a.columns_part(start, end), b.columns_part(start, end));
        for row in (0..a.rows()).step_by(ROWS) {
            let a = a.part(row, (row + ROWS).min(a.rows()));
            // SAFETY: parts are written to one after the other.
            let c = unsafe { c.part(row, 0) };
            dispatch(Block { a, b, adds: adds || start > 0, c });
        }
    }
}

struct Block<'a> {
    a: Matrix<'a>,
    b: Matrix<'a>,
    adds: bool,
    c: Target<'a>,
}

impl DotTiles for Block<'_> {
    #[inline(always)]
    unsafe fn tile<V: Register, const R: usize, const S: usize>(&mut self, i: usize, j: usize) {
        let Block { a, b, .. } = self;
        let (columns, terms) = (b.rows(), a.columns());
        // SAFETY: rows i.. of a and j.. of b are there, with all their terms.
        unsafe {
            let left = a.data.as_ptr().add(i * a.row_stride);
            let right = b.data.as_ptr().add(j * b.row_stride);
            let mut dots = Dots::<V, R, S>::new();
            dots.add(
                std::array::from_fn(|r| left.add(r * a.row_stride)),
                std::array::from_fn(|s| right.add(s * b.row_stride)),
                Contiguous,
                terms / LANES,
                terms % LANES,
            );
            let c = self.c.part(i, 0).room(R, columns);
            for (r, sums) in dots.sums().into_iter().enumerate() {
                for (s, sum) in sums.into_iter().take(S).enumerate() {
                    let to = c.add(r * self.c.stride + j + s);
                    *to = if self.adds { *to + sum } else { sum };
                }
            }
        }
    }
}

impl RegisterKernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Register>(mut self) {
        assert!(self.a.has_rows() && self.b.has_rows() && self.a.columns() == self.b.columns());
        let (rows, columns) = (self.a.rows(), self.b.rows());
        self.c.room(rows, columns);
        // SAFETY: a matrix holds all its rows, and they lie contiguously; there is room for the product.
        unsafe { for_dots::<V, _>(&mut self, rows, columns) }
    }
}
