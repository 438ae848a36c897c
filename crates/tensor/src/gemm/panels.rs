//! Products by panels: a few columns of the right side at a time, packed so that one line follows the other, times all rows.

use super::pack::{pack_panel, pack_tiles};
use super::{Matrix, PackedB, Target};
use crate::Tensor;
use crate::kernels::{
    ROWS, Register, RegisterKernel, Tiles, dispatch, for_tiles, outer_tile, row_tiles, tile_columns,
};

/// Terms that are summed up at once: so many lines of a panel fill half of a first-level cache.
const TERMS: usize = 256;
/// Rows of the left side that meet all panels before the next come: so many terms of them stay in a second-level cache.
const BLOCK: usize = 20 * ROWS;

/// How the left side lies in memory, tile after tile of rows.
#[derive(Clone, Copy)]
enum Left<'a> {
    /// Rows of contiguous numbers, this far apart.
    Rows(&'a [f32], usize),
    /// In each tile the numbers of all its rows for a term, then those for the next.
    Packed(&'a [f32]),
}

/// The right side.
#[derive(Clone, Copy)]
enum Right<'a> {
    /// Panels are packed when their turn comes.
    Plain(Matrix<'a>),
    Packed(&'a PackedB),
}

/// c = a b, or c += a b if it `adds`, on this thread; the terms are summed up in their order.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, c: Target) {
    match a.rows() > BLOCK {
        true => by_blocks(a, Right::Packed(&PackedB::new(b)), b.columns(), adds, c),
        false => by_blocks(a, Right::Plain(b), b.columns(), adds, c),
    }
}

/// [`product`] with a right side that is packed already.
pub(super) fn prepared_product(a: Matrix, b: &PackedB, adds: bool, c: Target) {
    by_blocks(a, Right::Packed(b), b.columns(), adds, c);
}

fn by_blocks(a: Matrix, right: Right, columns: usize, adds: bool, c: Target) {
    let (block, lines) = (BLOCK.min(a.rows()), TERMS.min(a.columns()));
    let width = tile_columns();
    let mut packed = Tensor::uninit(if a.has_rows() { 0 } else { block * lines });
    let mut panel = Tensor::uninit(match right {
        Right::Plain(_) => lines * width,
        Right::Packed(_) => 0,
    });
    for row in (0..a.rows()).step_by(BLOCK) {
        let a = a.part(row, (row + BLOCK).min(a.rows()));
        let rows = a.rows();
        for start in (0..a.columns()).step_by(TERMS) {
            let end = (start + TERMS).min(a.columns());
            let a = a.columns_part(start, end);
            let left = match a.has_rows() {
                true => Left::Rows(a.data, a.row_stride),
                false => {
                    pack_tiles(a, packed.data_mut());
                    Left::Packed(packed.data())
                }
            };
            for at in (0..columns).step_by(width) {
                let width = width.min(columns - at);
                let (panel, line) = match right {
                    Right::Packed(b) => b.panel(at, start..end),
                    Right::Plain(b) => {
                        let b = b.part(start, end);
                        match rows <= ROWS && b.has_rows() && at + tile_columns() <= columns {
                            // Every line is read once or twice: where it is.
                            true => (&b.data[at..], b.row_stride),
                            false => {
                                pack_panel(b, at, tile_columns(), panel.data_mut());
                                (panel.data(), tile_columns())
                            }
                        }
                    }
                };
                // SAFETY: panels are written to one after the other.
                let c = unsafe { c.part(row, at) };
                let (terms, adds) = (end - start, adds || start > 0);
                dispatch(Panel { left, rows, terms, panel, line, width, adds, c });
            }
        }
    }
}

/// All rows times one panel.
struct Panel<'a> {
    left: Left<'a>,
    rows: usize,
    terms: usize,
    panel: &'a [f32],
    /// Numbers from one line of the panel to the next.
    line: usize,
    /// Columns of the panel that are written.
    width: usize,
    /// Whether the sums are added to what stands in `c`.
    adds: bool,
    /// From the panel's first column in the first row on.
    c: Target<'a>,
}

impl RegisterKernel for Panel<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Register>(self) {
        let Panel { terms, rows, .. } = self;
        let (numbers, needed) = match self.left {
            Left::Rows(a, stride) => (a.len(), rows.saturating_sub(1) * stride + terms),
            Left::Packed(a) => (a.len(), rows * terms),
        };
        assert!(numbers >= needed, "the left side of a product");
        let last = terms.saturating_sub(1) * self.line + 2 * V::WIDTH;
        assert!(terms == 0 || self.panel.len() >= last, "the right side of a product");
        let c = self.c.room(rows, self.width);
        for (row, height) in row_tiles(rows) {
            // SAFETY: all numbers are there, as just checked.
            unsafe {
                let (a, strides) = match self.left {
                    Left::Rows(a, stride) => (a.as_ptr().add(row * stride), [stride, 1]),
                    Left::Packed(a) => (a.as_ptr().add(row * terms), [1, height]),
                };
                let c = c.add(row * self.c.stride);
                let mut tile = Tile { of: &self, a, strides, c };
                for_tiles::<V, _>(&mut tile, height, self.width.div_ceil(V::WIDTH));
            }
        }
    }
}

/// Some rows times one panel.
struct Tile<'a> {
    of: &'a Panel<'a>,
    a: *const f32,
    strides: [usize; 2],
    c: *mut f32,
}

impl Tiles for Tile<'_> {
    #[inline(always)]
    unsafe fn tile<V: Register, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        register: usize,
    ) {
        let Panel { width, terms, panel, line, adds, c: Target { stride, .. }, .. } = *self.of;
        let column = |c: usize| (register + c) * V::WIDTH;
        // SAFETY: the panel and the rows are there (checked by `Panel::run`); of a register only the columns that there are
        // get read and written.
        unsafe {
            let at = |r: usize, c: usize| self.c.add((row + r) * stride + column(c));
            let count = |c: usize| (width - column(c)).min(V::WIDTH);
            let mut sums = [[V::splat(0.0); C]; R];
            if adds {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum = V::load_first(at(r, c), count(c));
                    }
                }
            }
            let starts = std::array::from_fn(|c| panel.as_ptr().add(column(c)));
            match self.strides {
                [stride, 1] => {
                    let a = self.a.add(row * stride);
                    outer_tile(&mut sums, terms, a, [stride, 1], starts, line);
                }
                strides => {
                    let a = self.a.add(row * strides[0]);
                    outer_tile(&mut sums, terms, a, strides, starts, line);
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (c, sum) in sums.iter().enumerate() {
                    sum.store_first(at(r, c), count(c));
                }
            }
        }
    }
}
