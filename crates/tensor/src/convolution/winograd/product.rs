//! The sums over channels: for each point of the tiles a product of kernels and what they see.

use super::{POINTS, Transformed, Winograd};
use crate::kernels::{Register, RegisterKernel, Tiles, dispatch, for_tiles, outer_tile, row_tiles};

/// `sums[point] = kernels[point] seen[point]`, for all 16 points; `seen` is `[channels, line]` for each,
/// `sums` `[rows, line]`.
pub(super) fn multiply(
    kernels: &Transformed,
    seen: &[f32],
    channels: usize,
    line: usize,
    sums: &mut [f32],
) {
    let rows = kernels.rows();
    let seen = seen.chunks_exact(Winograd::point(channels, line));
    let sums = sums.chunks_exact_mut(Winograd::point(rows, line));
    for (point, (seen, sums)) in seen.zip(sums).enumerate().take(POINTS) {
        dispatch(Point { kernels: kernels.point(point), rows, channels, seen, line, sums });
    }
}

/// The product of one point.
struct Point<'a> {
    kernels: &'a [f32],
    rows: usize,
    channels: usize,
    seen: &'a [f32],
    line: usize,
    sums: &'a mut [f32],
}

impl RegisterKernel for Point<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Register>(self) {
        let Point { kernels, rows, channels, seen, line, sums } = self;
        assert!(kernels.len() >= rows * channels && line % V::WIDTH == 0);
        assert!(seen.len() >= channels * line && sums.len() >= rows * line);
        for (row, height) in row_tiles(rows) {
            // SAFETY: just checked.
            unsafe {
                let kernels = kernels.as_ptr().add(row * channels);
                let sums = sums.as_mut_ptr().add(row * line);
                let seen = seen.as_ptr();
                let mut tile = Tile { kernels, height, channels, seen, line, sums };
                for_tiles::<V, _>(&mut tile, height, line / V::WIDTH);
            }
        }
    }
}

/// One tile of rows at all tiles of the image.
struct Tile {
    kernels: *const f32,
    height: usize,
    channels: usize,
    seen: *const f32,
    line: usize,
    sums: *mut f32,
}

impl Tiles for Tile {
    #[inline(always)]
    unsafe fn tile<V: Register, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        register: usize,
    ) {
        // SAFETY: promised by the caller.
        unsafe {
            let mut sums = [[V::splat(0.0); C]; R];
            let starts = std::array::from_fn(|c| self.seen.add((register + c) * V::WIDTH));
            let kernels = self.kernels.add(row);
            outer_tile(&mut sums, self.channels, kernels, [1, self.height], starts, self.line);
            for (r, sums) in sums.iter().enumerate() {
                for (c, &sum) in sums.iter().enumerate() {
                    sum.store(self.sums.add((row + r) * self.line + (register + c) * V::WIDTH));
                }
            }
        }
    }
}
