//! Products by panels: 32 columns of the right side at a time, packed so that one line follows the other, times all rows.

use super::Matrix;
use crate::Tensor;
use crate::kernels::{LANES, ROWS, Vector, VectorKernel, dispatch, outer_tile, row_tiles};

/// Columns of a panel.
pub(super) const WIDTH: usize = 2 * LANES;
/// Terms that are summed up at once: a panel of so many lines stays in the first-level or second-level cache.
const TERMS: usize = 512;

/// How the left side lies in memory, tile after tile of rows.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Rows of contiguous numbers, this far apart.
    Rows(&'a [f32], usize),
    /// In each tile the numbers of all its rows for a term, then those for the next.
    Packed(&'a [f32]),
}

/// c = a b, or c += a b if it `adds`, for contiguous rows of `c`, on this thread; the terms are summed up in their order, in
/// blocks of a fixed size.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, c: &mut [f32]) {
    let (rows, columns) = (a.rows(), b.columns());
    let mut panel = Tensor::stale(TERMS.min(a.columns()) * WIDTH);
    let mut packed = Tensor::stale(if a.has_rows() { 0 } else { rows * TERMS.min(a.columns()) });
    for start in (0..a.columns()).step_by(TERMS) {
        let end = (start + TERMS).min(a.columns());
        let (a, b) = (a.columns_part(start, end), b.part(start, end));
        let left = match a.has_rows() {
            true => Left::Rows(a.data, a.row_stride),
            false => {
                pack_tiles(a, packed.data_mut());
                Left::Packed(packed.data())
            }
        };
        for at in (0..columns).step_by(WIDTH) {
            let width = WIDTH.min(columns - at);
            pack_panel(b, at, panel.data_mut());
            let panel = &panel.data()[..(end - start) * WIDTH];
            let c = &mut c[at..];
            let adds = adds || start > 0;
            dispatch(Panel { left, rows, panel, width, adds, c, stride: columns });
        }
    }
}

/// Packs rows as [`Left::Packed`] has them.
pub(crate) fn pack_tiles(a: Matrix, to: &mut [f32]) {
    /// Terms that are packed for all tiles before the next come: so many lines of the matrix stay in cache meanwhile.
    const LINES: usize = 16;
    let terms = a.columns();
    for begin in (0..terms).step_by(LINES) {
        let end = (begin + LINES).min(terms);
        for (start, height) in row_tiles(a.rows()) {
            let tile = &mut to[start * terms + begin * height..start * terms + end * height];
            for (term, numbers) in (begin..end).zip(tile.chunks_exact_mut(height)) {
                match a.t().has_rows() {
                    true => copy::<ROWS>(&a.data[term * a.column_stride + start..], numbers),
                    false => {
                        numbers.iter_mut().enumerate().for_each(|(r, x)| *x = a.at(start + r, term))
                    }
                }
            }
        }
    }
}

/// Copies as many numbers as there is room for: `N`, as most often, without a call.
#[inline]
fn copy<const N: usize>(from: &[f32], to: &mut [f32]) {
    match (from.first_chunk::<N>(), <&mut [f32; N]>::try_from(&mut *to)) {
        (Some(from), Ok(to)) => *to = *from,
        _ => to.copy_from_slice(&from[..to.len()]),
    }
}

/// Packs the columns from `at` on, line after line, filled up with zeros.
pub(super) fn pack_panel(b: Matrix, at: usize, to: &mut [f32]) {
    let width = WIDTH.min(b.columns() - at);
    let lines = to.chunks_exact_mut(WIDTH).take(b.rows());
    if b.has_rows() {
        for (row, line) in lines.enumerate() {
            copy::<WIDTH>(&b.data[row * b.row_stride + at..], &mut line[..width]);
            line[width..].fill(0.0);
        }
        return;
    }
    lines.for_each(|line| line[width..].fill(0.0));
    for column in 0..width {
        let from = (0..b.rows()).map(|row| b.at(row, at + column));
        to[column..].iter_mut().step_by(WIDTH).zip(from).for_each(|(to, x)| *to = x);
    }
}

/// All rows times one panel.
pub(super) struct Panel<'a> {
    pub left: Left<'a>,
    pub rows: usize,
    /// `[terms, WIDTH]`.
    pub panel: &'a [f32],
    /// Columns of the panel that are written.
    pub width: usize,
    /// Whether the sums are added to what stands in `c`.
    pub adds: bool,
    /// From the panel's first column in the first row on.
    pub c: &'a mut [f32],
    /// From one row of `c` to the next.
    pub stride: usize,
}

impl Panel<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        column: usize,
    ) {
        let terms = self.panel.len() / WIDTH;
        let vector = |c: usize| column + c * LANES;
        let width = |c: usize| self.width.saturating_sub(vector(c)).min(LANES);
        let to = self.c.as_mut_ptr();
        // SAFETY: the caller has checked that the rows and the panel hold all terms, and c all rows; of a vector only the
        // columns that there are get read and written.
        unsafe {
            let at = |r: usize, c: usize| to.add((row + r) * self.stride + vector(c));
            let mut sums = [[V::splat(0.0); C]; R];
            if self.adds {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum = V::load_first(at(r, c), width(c));
                    }
                }
            }
            let starts = std::array::from_fn(|c| self.panel.as_ptr().add(vector(c)));
            match self.left {
                Left::Rows(a, stride) => {
                    let a = a.as_ptr().add(row * stride);
                    outer_tile(&mut sums, terms, a, [stride, 1], starts, WIDTH);
                }
                Left::Packed(a) => {
                    let a = a.as_ptr().add(row * terms);
                    outer_tile(&mut sums, terms, a, [1, R], starts, WIDTH);
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (c, sum) in sums.iter().enumerate() {
                    sum.store_first(at(r, c), width(c));
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn columns<V: Vector, const R: usize>(&mut self, row: usize) {
        // SAFETY: promised by the caller.
        unsafe {
            if V::COLUMNS == 2 && self.width > LANES {
                return self.tile::<V, R, 2>(row, 0);
            }
            for column in (0..self.width).step_by(LANES) {
                self.tile::<V, R, 1>(row, column);
            }
        }
    }
}

impl VectorKernel for Panel<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let terms = self.panel.len() / WIDTH;
        let last = self.rows.saturating_sub(1);
        let (numbers, needed) = match self.left {
            Left::Rows(a, stride) => (a.len(), last * stride + terms),
            Left::Packed(a) => (a.len(), self.rows * terms),
        };
        assert!(numbers >= needed, "the left side of a product");
        assert!(self.c.len() >= last * self.stride + self.width, "the size of a product");
        for (row, height) in row_tiles(self.rows) {
            // SAFETY: just checked.
            unsafe {
                match height {
                    ROWS => self.columns::<V, ROWS>(row),
                    4 => self.columns::<V, 4>(row),
                    2 => self.columns::<V, 2>(row),
                    _ => self.columns::<V, 1>(row),
                }
            }
        }
    }
}
