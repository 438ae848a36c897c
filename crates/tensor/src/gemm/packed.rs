//! Products by packed panels: NR columns of B at a time, packed row after row, times all rows of A. Blocks are MC x KC
//! of A and KC x NR of B; a panel is as wide as a tile, so there is no NC.

use super::microkernel::{MR, TileKernel, for_each_tile, microkernel, nr, row_tiles};
use super::pack::{pack_a, pack_b_panel};
use super::{Matrix, MatrixMut, PackedB};
use crate::simd::{Vector, VectorKernel, dispatch_vectors};
use crate::{Tensor, interrupt};

/// The block size of K: so many rows of a panel fill half of a first-level cache.
const KC: usize = 256;
/// The block size of A's rows: each block meets all panels before the next one comes, and stays in a second-level
/// cache.
const MC: usize = 20 * MR;

/// A block of A in memory, tile after tile of rows.
#[derive(Clone, Copy)]
enum OperandA<'a> {
    /// Rows of contiguous numbers.
    Rows { numbers: &'a [f32], stride: usize },
    /// Packed: in each tile one column after the other.
    Packed(&'a [f32]),
}

/// B.
#[derive(Clone, Copy)]
enum OperandB<'a> {
    /// Each panel is packed just before it is used.
    Unpacked(Matrix<'a>),
    Packed(&'a PackedB),
}

/// c = a b, or c += a b if it `adds`, on the calling thread. K is summed over in its order.
pub(super) fn product(a: Matrix, b: Matrix, adds: bool, c: MatrixMut) {
    match a.rows() > MC {
        true => product_with_packed_b(a, &PackedB::new(b), adds, c),
        false => by_blocks(a, OperandB::Unpacked(b), adds, c),
    }
}

/// [`product`] with a B that is packed already.
pub(super) fn product_with_packed_b(a: Matrix, b: &PackedB, adds: bool, c: MatrixMut) {
    by_blocks(a, OperandB::Packed(b), adds, c);
}

fn by_blocks(a: Matrix, b: OperandB, adds: bool, mut c: MatrixMut) {
    let nr = nr();
    let (mc, kc) = (MC.min(a.rows()), KC.min(a.columns()));
    let (columns, panel_size) = match b {
        OperandB::Unpacked(b) => (b.columns(), kc * nr),
        OperandB::Packed(b) if b.is_half() => (b.columns(), kc * nr),
        OperandB::Packed(b) => (b.columns(), 0),
    };
    let mut packed_a = Tensor::uninit(if a.has_rows() { 0 } else { mc * kc });
    let mut packed_b = Tensor::uninit(panel_size);
    let packed_b = packed_b.data_mut();
    for row in (0..a.rows()).step_by(MC) {
        let a = a.part(row, (row + MC).min(a.rows()));
        for start in (0..a.columns()).step_by(KC) {
            interrupt::check();
            let end = (start + KC).min(a.columns());
            let block = a.columns_part(start, end);
            let left = match block.has_rows() {
                true => OperandA::Rows { numbers: block.data, stride: block.row_stride },
                false => {
                    pack_a(block, packed_a.data_mut());
                    OperandA::Packed(packed_a.data())
                }
            };
            for at in (0..columns).step_by(nr) {
                let panel = match b {
                    OperandB::Packed(b) => b.panel(at, start..end, packed_b),
                    OperandB::Unpacked(b) => {
                        let b = b.part(start, end);
                        // A row of B that is read once or twice is read where it is.
                        match a.rows() <= MR && b.has_rows() && at + nr <= columns {
                            true => Panel { numbers: &b.data[at..], stride: b.row_stride },
                            false => {
                                pack_b_panel(b.into(), at, nr, packed_b);
                                Panel { numbers: packed_b, stride: nr }
                            }
                        }
                    }
                };
                dispatch_vectors(Block {
                    a: left,
                    rows: a.rows(),
                    k: end - start,
                    panel,
                    width: nr.min(columns - at),
                    adds: adds || start > 0,
                    c: c.part(row, at),
                });
            }
        }
    }
}

/// Some rows of NR columns of B.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a> {
    pub numbers: &'a [f32],
    /// Numbers from the start of one row to the next.
    pub stride: usize,
}

/// A block of A's rows times one panel.
struct Block<'a> {
    a: OperandA<'a>,
    rows: usize,
    k: usize,
    panel: Panel<'a>,
    /// Columns of the panel that are written.
    width: usize,
    /// Whether the sums are added to what is in `c`.
    adds: bool,
    /// From the first row and the panel's first column on.
    c: MatrixMut<'a>,
}

impl VectorKernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let Block { k, rows, width, .. } = self;
        let (numbers, needed) = match self.a {
            OperandA::Rows { numbers, stride } => {
                (numbers.len(), rows.saturating_sub(1) * stride + k)
            }
            OperandA::Packed(numbers) => (numbers.len(), rows * k),
        };
        assert!(numbers >= needed, "the left side of a product");
        let last = k.saturating_sub(1) * self.panel.stride + 2 * V::WIDTH;
        assert!(k == 0 || self.panel.numbers.len() >= last, "the right side of a product");
        let c = self.c.as_mut_ptr(rows, width);
        let stride = self.c.stride();
        for (row, height) in row_tiles(rows) {
            // SAFETY: all numbers exist, as just checked.
            unsafe {
                let (a, strides) = match self.a {
                    OperandA::Rows { numbers, stride } => {
                        (numbers.as_ptr().add(row * stride), [stride, 1])
                    }
                    OperandA::Packed(numbers) => (numbers.as_ptr().add(row * k), [1, height]),
                };
                let mut tile = Tile { of: &self, a, strides, c: c.add(row * stride) };
                for_each_tile::<V, _>(&mut tile, height, width.div_ceil(V::WIDTH));
            }
        }
    }
}

/// A tile of rows times one panel.
struct Tile<'a> {
    of: &'a Block<'a>,
    a: *const f32,
    strides: [usize; 2],
    c: *mut f32,
}

impl TileKernel for Tile<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        vector: usize,
    ) {
        let Block { width, k, panel, adds, ref c, .. } = *self.of;
        let stride = c.stride();
        let column = |c: usize| (vector + c) * V::WIDTH;
        // SAFETY: the panel and the rows exist (checked by `Block::run`). Of a vector only the columns that exist are
        // read and written.
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
            let starts = std::array::from_fn(|c| panel.numbers.as_ptr().add(column(c)));
            match self.strides {
                [stride, 1] => {
                    let a = self.a.add(row * stride);
                    microkernel(&mut sums, k, a, [stride, 1], starts, panel.stride);
                }
                strides => {
                    let a = self.a.add(row * strides[0]);
                    microkernel(&mut sums, k, a, strides, starts, panel.stride);
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
