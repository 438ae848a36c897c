//! Products of rows with rows, where both sides lie in the order that is summed over: nothing is packed.

use super::Matrix;
use crate::kernels::{
    Contiguous, LANES, Vector, VectorKernel, dispatch, dot_tile, lane_sums, side_tiles,
};

/// Terms that are summed up at once: two tiles of so many fit into the first-level cache.
const TERMS: usize = 1024;
/// Rows of the left side that meet all rows of the right one before the next come: they stay in the second-level cache.
const ROWS: usize = 64;

/// c = a b^T, or c += a b^T if it `adds`, for contiguous rows of `c`, on this thread; the terms are summed up lane by lane, in
/// blocks of a fixed size.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, c: &mut [f32]) {
    for start in (0..a.columns()).step_by(TERMS) {
        let end = (start + TERMS).min(a.columns());
        let (a, b) = (a.columns_part(start, end), b.columns_part(start, end));
        for (i, c) in c.chunks_mut(ROWS * b.rows()).enumerate() {
            let a = a.part(i * ROWS, ((i + 1) * ROWS).min(a.rows()));
            dispatch(Dots { a, b, adds: adds || start > 0, c });
        }
    }
}

struct Dots<'a> {
    a: Matrix<'a>,
    b: Matrix<'a>,
    adds: bool,
    c: &'a mut [f32],
}

impl Dots<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const S: usize>(&mut self, i: usize, j: usize) {
        let Dots { a, b, .. } = self;
        let (columns, terms) = (b.rows(), a.columns());
        // SAFETY: rows i.. of a and j.. of b are there, with all their terms.
        unsafe {
            let left = a.data.as_ptr().add(i * a.row_stride);
            let right = b.data.as_ptr().add(j * b.row_stride);
            let mut sums = [[V::splat(0.0); S]; R];
            dot_tile(
                &mut sums,
                std::array::from_fn(|r| left.add(r * a.row_stride)),
                std::array::from_fn(|s| right.add(s * b.row_stride)),
                Contiguous,
                terms / LANES,
                terms % LANES,
            );
            for (r, sums) in sums.into_iter().enumerate() {
                let to = self.c[(i + r) * columns + j..][..S].iter_mut();
                let found = to.zip(lane_sums(sums));
                match self.adds {
                    true => found.for_each(|(to, sum)| *to += sum),
                    false => found.for_each(|(to, sum)| *to = sum),
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn rows<V: Vector, const S: usize>(&mut self, j: usize) {
        for (i, count) in side_tiles::<V>(self.a.rows()) {
            // SAFETY: promised by the caller.
            unsafe {
                match count {
                    4 => self.tile::<V, 4, S>(i, j),
                    2 => self.tile::<V, 2, S>(i, j),
                    _ => self.tile::<V, 1, S>(i, j),
                }
            }
        }
    }
}

impl VectorKernel for Dots<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        assert!(self.a.has_rows() && self.b.has_rows() && self.a.columns() == self.b.columns());
        for (j, count) in side_tiles::<V>(self.b.rows()) {
            // SAFETY: a matrix holds all its rows, and they lie contiguously.
            unsafe {
                match count {
                    4 => self.rows::<V, 4>(j),
                    2 => self.rows::<V, 2>(j),
                    _ => self.rows::<V, 1>(j),
                }
            }
        }
    }
}
