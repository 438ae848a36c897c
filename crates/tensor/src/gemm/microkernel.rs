//! The microkernel: a tile of C, MR rows times a few vectors of columns, kept in registers while K is summed over.

use crate::simd::{Vector, VectorKernel, dispatch_vectors};

/// Rows of a full tile. With NR of two vectors, 24 sums and what they need fill 27 of 32 registers. Where there are
/// only 16, one half of the rows comes after the other.
pub(crate) const MR: usize = 12;

/// NR, the columns of a full tile: two vectors.
pub(crate) fn nr() -> usize {
    struct Width;
    impl VectorKernel for Width {
        type Output = usize;
        #[inline(always)]
        unsafe fn run<V: Vector>(self) -> usize {
            2 * V::WIDTH
        }
    }
    dispatch_vectors(Width)
}

/// Where the rows of B start, counted from where a vector of columns starts in its first row.
pub(crate) trait RowOffsets: Copy {
    /// # Safety
    /// `row` is less than the number of rows.
    unsafe fn offset(self, row: usize) -> usize;
}

/// Rows that lie a fixed distance apart.
impl RowOffsets for usize {
    #[inline(always)]
    unsafe fn offset(self, row: usize) -> usize {
        row * self
    }
}

/// Rows anywhere, as an implicit GEMM finds them.
impl RowOffsets for &[u32] {
    #[inline(always)]
    unsafe fn offset(self, row: usize) -> usize {
        // SAFETY: the caller promises that there is such a row.
        unsafe { *self.get_unchecked(row) as usize }
    }
}

/// `sums[r][c] += sum over k of a[r, k] * b[k][c]`, each sum in the order of k.
///
/// `a[r, k]` is at `a + r * strides[0] + k * strides[1]`, and row k of `b` for vector `c` of columns at
/// `b[c] + rows_of_b.offset(k)`.
///
/// # Safety
/// All those numbers can be read, and the processor has the instructions of `V`.
#[inline(always)]
pub(crate) unsafe fn microkernel<V: Vector, O: RowOffsets, const R: usize, const C: usize>(
    sums: &mut [[V; C]; R],
    k: usize,
    a: *const f32,
    strides: [usize; 2],
    b: [*const f32; C],
    rows_of_b: O,
) {
    // A local copy stays in registers.
    let mut own = *sums;
    for k in 0..k {
        // SAFETY: promised by the caller.
        unsafe {
            let offset = rows_of_b.offset(k);
            let mut row = [V::splat(0.0); C];
            for c in 0..C {
                row[c] = V::load(b[c].add(offset));
            }
            let a = a.add(k * strides[1]);
            for (r, sums) in own.iter_mut().enumerate() {
                let x = V::splat(*a.add(r * strides[0]));
                for c in 0..C {
                    sums[c] = x.mul_add(row[c], sums[c]);
                }
            }
        }
    }
    *sums = own;
}

/// Cuts `count` rows into tiles of 12, 8, 6, 4, 2 and 1: where each starts and how high it is.
pub(crate) fn row_tiles(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = count - at;
        let rows = [MR, 8, 6, 4, 2, 1].into_iter().find(|&rows| rows <= left)?;
        at += rows;
        Some((at - rows, rows))
    })
}

/// A product that is computed tile by tile.
pub(crate) trait TileKernel {
    /// `R` rows, from `row` of a tile of [`row_tiles`] on, times `C` vectors of columns from `vector` on.
    ///
    /// # Safety
    /// The product has these rows and vectors, and the processor the instructions of `V`.
    unsafe fn tile<V: Vector, const R: usize, const C: usize>(&mut self, row: usize, vector: usize);
}

/// Computes one tile of [`row_tiles`], `height` rows high and `vectors` wide.
///
/// # Safety
/// As [`TileKernel::tile`].
#[inline(always)]
pub(crate) unsafe fn for_each_tile<V: Vector, T: TileKernel>(
    tiles: &mut T,
    height: usize,
    vectors: usize,
) {
    // SAFETY: promised by the caller.
    unsafe {
        match (height, V::WIDTH) {
            (MR, 16) => columns::<V, T, MR>(tiles, 0, vectors),
            (MR, _) => {
                columns::<V, T, { MR / 2 }>(tiles, 0, vectors);
                columns::<V, T, { MR / 2 }>(tiles, MR / 2, vectors);
            }
            (8, 16) => columns::<V, T, 8>(tiles, 0, vectors),
            (8, _) => {
                columns::<V, T, 4>(tiles, 0, vectors);
                columns::<V, T, 4>(tiles, 4, vectors);
            }
            (6, _) => columns::<V, T, 6>(tiles, 0, vectors),
            (4, _) => columns::<V, T, 4>(tiles, 0, vectors),
            (2, _) => columns::<V, T, 2>(tiles, 0, vectors),
            _ => columns::<V, T, 1>(tiles, 0, vectors),
        }
    }
}

/// `R` rows from `row` on, at all vectors of columns.
///
/// # Safety
/// As [`TileKernel::tile`].
#[inline(always)]
unsafe fn columns<V: Vector, T: TileKernel, const R: usize>(
    tiles: &mut T,
    row: usize,
    vectors: usize,
) {
    let mut at = 0;
    // SAFETY: promised by the caller.
    unsafe {
        // With few rows, more columns at once keep the processor busy.
        while R <= 2 && at + 4 <= vectors {
            tiles.tile::<V, R, 4>(row, at);
            at += 4;
        }
        while at + 2 <= vectors {
            tiles.tile::<V, R, 2>(row, at);
            at += 2;
        }
        if at < vectors {
            tiles.tile::<V, R, 1>(row, at);
        }
    }
}
