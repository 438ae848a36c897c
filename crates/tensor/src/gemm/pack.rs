//! Packing: copies of A and B in the order in which the microkernel reads them.

use super::Matrix;
use super::microkernel::{MR, row_tiles};

/// Packs rows tile by tile: in each tile one column after the other.
pub(crate) fn pack_a(a: Matrix, to: &mut [f32]) {
    /// Columns that are packed for all tiles before the next ones: so many cache lines of the matrix stay in cache.
    const AT_ONCE: usize = 16;
    let k = a.columns();
    for begin in (0..k).step_by(AT_ONCE) {
        let end = (begin + AT_ONCE).min(k);
        for (start, height) in row_tiles(a.rows()) {
            let tile = &mut to[start * k + begin * height..start * k + end * height];
            for (column, numbers) in (begin..end).zip(tile.chunks_exact_mut(height)) {
                match a.t().has_rows() {
                    true => copy::<MR>(&a.data[column * a.column_stride + start..], numbers),
                    false => numbers
                        .iter_mut()
                        .enumerate()
                        .for_each(|(r, x)| *x = a.at(start + r, column)),
                }
            }
        }
    }
}

/// Copies as many numbers as `to` holds; `N`, the most common count, without a call.
#[inline]
fn copy<const N: usize>(from: &[f32], to: &mut [f32]) {
    match (from.first_chunk::<N>(), <&mut [f32; N]>::try_from(&mut *to)) {
        (Some(from), Ok(to)) => *to = *from,
        _ => to.copy_from_slice(&from[..to.len()]),
    }
}

/// Packs `width` columns from `at` on, row after row. Columns that do not exist are zeros.
pub(super) fn pack_b_panel(b: Matrix, at: usize, width: usize, to: &mut [f32]) {
    let columns = width.min(b.columns() - at);
    let lines = to.chunks_exact_mut(width).take(b.rows());
    if b.has_rows() {
        for (row, line) in lines.enumerate() {
            let from = &b.data[row * b.row_stride + at..];
            match (width, columns) {
                (16, 16) => copy::<16>(from, line),
                (32, 32) => copy::<32>(from, line),
                _ => {
                    line[..columns].copy_from_slice(&from[..columns]);
                    line[columns..].fill(0.0);
                }
            }
        }
        return;
    }
    if columns < width {
        lines.for_each(|line| line[columns..].fill(0.0));
    }
    /// Rows that are packed for all columns before the next ones: what is written stays in cache.
    const LINES: usize = 16;
    for (block, to) in to[..b.rows() * width].chunks_mut(LINES * width).enumerate() {
        let rows = block * LINES..(block * LINES + to.len() / width);
        for column in 0..columns {
            let place = (at + column) * b.column_stride;
            let to = to[column..].iter_mut().step_by(width);
            match b.row_stride {
                1 => {
                    let from = &b.data[place..][rows.clone()];
                    to.zip(from).for_each(|(to, &x)| *to = x);
                }
                stride => {
                    let from = rows.clone().map(|row| b.data[place + row * stride]);
                    to.zip(from).for_each(|(to, x)| *to = x);
                }
            }
        }
    }
}
