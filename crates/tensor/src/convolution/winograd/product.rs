//! The sums over channels: for each point of the tiles, the product of transformed kernels and transformed input.

use super::{POINTS, Transformed, Winograd};
use crate::gemm::{TileKernel, for_each_tile, microkernel, row_tiles};
use crate::simd::{Vector, VectorKernel, dispatch_vectors};

/// `sums[point] = kernels[point] v[point]` for all 16 points. Of each point, `v` is `[channels, line]` and `sums`
/// `[rows, line]`.
pub(super) fn multiply(
    kernels: &Transformed,
    v: &[f32],
    channels: usize,
    line: usize,
    sums: &mut [f32],
) {
    let rows = kernels.rows();
    let v = v.chunks_exact(Winograd::point(channels, line));
    let sums = sums.chunks_exact_mut(Winograd::point(rows, line));
    for (point, (v, sums)) in v.zip(sums).enumerate().take(POINTS) {
        dispatch_vectors(Point { kernels: kernels.point(point), rows, channels, v, line, sums });
    }
}

/// The product of one point.
struct Point<'a> {
    kernels: &'a [f32],
    rows: usize,
    channels: usize,
    v: &'a [f32],
    line: usize,
    sums: &'a mut [f32],
}

impl VectorKernel for Point<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Point { kernels, rows, channels, v, line, sums } = self;
        assert!(kernels.len() >= rows * channels && line % V::WIDTH == 0);
        assert!(v.len() >= channels * line && sums.len() >= rows * line);
        for (row, height) in row_tiles(rows) {
            // SAFETY: just checked.
            unsafe {
                let kernels = kernels.as_ptr().add(row * channels);
                let sums = sums.as_mut_ptr().add(row * line);
                let v = v.as_ptr();
                let mut tile = Tile { kernels, height, channels, v, line, sums };
                for_each_tile::<V, _>(&mut tile, height, line / V::WIDTH);
            }
        }
    }
}

/// One tile of rows at all tiles of the image.
struct Tile {
    kernels: *const f32,
    height: usize,
    channels: usize,
    v: *const f32,
    line: usize,
    sums: *mut f32,
}

impl TileKernel for Tile {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        vector: usize,
    ) {
        // SAFETY: promised by the caller.
        unsafe {
            let mut sums = [[V::splat(0.0); C]; R];
            let starts = std::array::from_fn(|c| self.v.add((vector + c) * V::WIDTH));
            let kernels = self.kernels.add(row);
            microkernel(&mut sums, self.channels, kernels, [1, self.height], starts, self.line);
            for (r, sums) in sums.iter().enumerate() {
                for (c, &sum) in sums.iter().enumerate() {
                    sum.store(self.sums.add((row + r) * self.line + (vector + c) * V::WIDTH));
                }
            }
        }
    }
}
