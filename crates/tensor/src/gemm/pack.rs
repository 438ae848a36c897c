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
                    true => copy::<MR, _>(&a.data[column * a.column_stride + start..], numbers),
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
fn copy<const N: usize, T: Copy>(from: &[T], to: &mut [T]) {
    match (from.first_chunk::<N>(), <&mut [T; N]>::try_from(&mut *to)) {
        (Some(from), Ok(to)) => *to = *from,
        _ => to.copy_from_slice(&from[..to.len()]),
    }
}

/// A matrix that is packed: of f32 numbers, or of the bits of numbers in half precision.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    pub data: &'a [T],
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> From<Matrix<'a>> for Source<'a, f32> {
    fn from(matrix: Matrix<'a>) -> Self {
        let Matrix { data, rows, columns, row_stride, column_stride } = matrix;
        Source { data, rows, columns, row_stride, column_stride }
    }
}

/// Packs `width` columns from `at` on, row after row. Columns that do not exist are zeros.
pub(super) fn pack_b_panel<T: Copy + Default>(b: Source<T>, at: usize, width: usize, to: &mut [T]) {
    let columns = width.min(b.columns - at);
    let lines = to.chunks_exact_mut(width).take(b.rows);
    if b.column_stride == 1 {
        for (row, line) in lines.enumerate() {
            let from = &b.data[row * b.row_stride + at..];
            match (width, columns) {
                (16, 16) => copy::<16, _>(from, line),
                (32, 32) => copy::<32, _>(from, line),
                _ => {
                    line[..columns].copy_from_slice(&from[..columns]);
                    line[columns..].fill(T::default());
                }
            }
        }
        return;
    }
    if columns < width {
        lines.for_each(|line| line[columns..].fill(T::default()));
    }
    /// Rows that are packed for all columns before the next ones: what is written stays in cache.
    const LINES: usize = 16;
    for (block, to) in to[..b.rows * width].chunks_mut(LINES * width).enumerate() {
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
