//! B^T d B: the transform of the input.

use super::{CHUNK, Winograd};
use crate::Tensor;
use crate::simd::{self, Kernel};
use std::ops::Range;

/// Transforms strips of tiles, channel after channel.
pub(super) struct InputTransform {
    /// A row of the input with its padding.
    row: Tensor,
    /// d B of each row of the input that a strip reads: `[rows, 4, tiles of a row]`.
    rows: Tensor,
    /// Tiles of a row, rounded up to whole chunks.
    across: usize,
}

impl InputTransform {
    /// For strips of up to so many rows of tiles.
    pub fn new(of: &Winograd, strip: usize) -> Self {
        let across = of.across.next_multiple_of(CHUNK);
        InputTransform {
            row: Tensor::zeros(2 * across + 2),
            rows: Tensor::uninit([2 * strip + 2, 4, across]),
            across,
        }
    }

    /// Writes the transformed tiles of some rows of tiles: for each point `[channels, line]`.
    pub fn run(
        &mut self,
        of: &Winograd,
        x: &[f32],
        tiles: Range<usize>,
        line: usize,
        to: &mut [f32],
    ) {
        let [height, width] = of.source;
        let point = Winograd::point(of.channels, line);
        // The columns of a padded row that the input fills, and where they start in the input.
        let start = of.before[1].max(0) as usize;
        let skipped = (-of.before[1]).max(0) as usize;
        let count = (2 * of.across + 2).saturating_sub(start).min(width.saturating_sub(skipped));
        for (channel, plane) in x.chunks_exact(height * width).enumerate() {
            let rows = self.rows.data_mut().chunks_exact_mut(4 * self.across);
            for (i, to) in rows.take(2 * tiles.len() + 2).enumerate() {
                let y = (2 * tiles.start + i) as isize - of.before[0];
                if y < 0 || y >= height as isize {
                    to.fill(0.0);
                    continue;
                }
                let row = self.row.data_mut();
                row[start..start + count]
                    .copy_from_slice(&plane[y as usize * width + skipped..][..count]);
                simd::dispatch(Rows { row, across: self.across, to });
            }
            for tile in 0..tiles.len() {
                simd::dispatch(Columns {
                    rows: &self.rows.data()[tile * 8 * self.across..][..16 * self.across],
                    across: self.across,
                    to: &mut to[channel * line + tile * of.across..],
                    point,
                });
            }
        }
    }
}

/// d B of one row: for each tile four numbers, from the four that it reads.
struct Rows<'a> {
    row: &'a [f32],
    across: usize,
    to: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Rows { row, across, to } = self;
        for at in (0..across).step_by(CHUNK) {
            let mut d = [0.0; 2 * CHUNK + 2];
            d.copy_from_slice(&row[2 * at..2 * at + 2 * CHUNK + 2]);
            let mut columns = [[0.0; CHUNK]; 4];
            for l in 0..CHUNK {
                columns[0][l] = d[2 * l] - d[2 * l + 2];
                columns[1][l] = d[2 * l + 1] + d[2 * l + 2];
                columns[2][l] = d[2 * l + 2] - d[2 * l + 1];
                columns[3][l] = d[2 * l + 1] - d[2 * l + 3];
            }
            for (i, column) in columns.iter().enumerate() {
                to[i * across + at..][..CHUNK].copy_from_slice(column);
            }
        }
    }
}

/// B^T (d B) of a row of tiles, from four rows.
struct Columns<'a> {
    rows: &'a [f32],
    across: usize,
    to: &'a mut [f32],
    /// Numbers from one point of the tiles to the next.
    point: usize,
}

impl Kernel for Columns<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Columns { rows, across, to, point } = self;
        for column in 0..4 {
            for at in (0..across).step_by(CHUNK) {
                let mut d = [[0.0; CHUNK]; 4];
                for (i, d) in d.iter_mut().enumerate() {
                    d.copy_from_slice(&rows[(i * 4 + column) * across + at..][..CHUNK]);
                }
                let mut v = [[0.0; CHUNK]; 4];
                for l in 0..CHUNK {
                    v[0][l] = d[0][l] - d[2][l];
                    v[1][l] = d[1][l] + d[2][l];
                    v[2][l] = d[2][l] - d[1][l];
                    v[3][l] = d[1][l] - d[3][l];
                }
                for (i, v) in v.iter().enumerate() {
                    to[(i * 4 + column) * point + at..][..CHUNK].copy_from_slice(v);
                }
            }
        }
    }
}
