//! A few rows times a few registers of columns: each number of the left side meets a whole line of the right side.

use super::Register;

/// Rows of a full tile. With two registers of columns, 24 sums and what they need fill 27 of 32 registers; where there are only
/// 16, one half of the rows comes after the other.
pub(crate) const ROWS: usize = 12;

/// The right-hand side: where the line of a term starts, counted from where a register of columns starts.
pub(crate) trait Lines: Copy {
    /// # Safety
    /// `term` is less than the number of terms.
    unsafe fn offset(self, term: usize) -> usize;
}

/// Lines that lie a fixed distance apart.
impl Lines for usize {
    #[inline(always)]
    unsafe fn offset(self, term: usize) -> usize {
        term * self
    }
}

/// Lines anywhere.
impl Lines for &[u32] {
    #[inline(always)]
    unsafe fn offset(self, term: usize) -> usize {
        // SAFETY: the caller promises that there is such a term.
        unsafe { *self.get_unchecked(term) as usize }
    }
}

/// `sums[r][c] += sum over terms of a[r, term] * line(term)[c]`, each sum in the order of the terms.
///
/// `a[r, term]` stands at `a + r * strides[0] + term * strides[1]`; the line of a term for register `c` at
/// `b[c] + lines.offset(term)`.
///
/// # Safety
/// All those numbers can be read, and the processor has the instructions of `V`.
#[inline(always)]
pub(crate) unsafe fn outer_tile<V: Register, L: Lines, const R: usize, const C: usize>(
    sums: &mut [[V; C]; R],
    terms: usize,
    a: *const f32,
    strides: [usize; 2],
    b: [*const f32; C],
    lines: L,
) {
    // A copy that nobody else can see stays in registers.
    let mut own = *sums;
    for term in 0..terms {
        // SAFETY: promised by the caller.
        unsafe {
            let offset = lines.offset(term);
            let mut line = [V::splat(0.0); C];
            for c in 0..C {
                line[c] = V::load(b[c].add(offset));
            }
            let a = a.add(term * strides[1]);
            for (r, sums) in own.iter_mut().enumerate() {
                let x = V::splat(*a.add(r * strides[0]));
                for c in 0..C {
                    sums[c] = x.mul_add(line[c], sums[c]);
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
        let rows = [ROWS, 8, 6, 4, 2, 1].into_iter().find(|&rows| rows <= left)?;
        at += rows;
        Some((at - rows, rows))
    })
}

/// A product that is worked out tile by tile.
pub(crate) trait Tiles {
    /// `R` rows, from the `row`-th of a tile of [`row_tiles`] on, times `C` registers of columns from the `register`-th on.
    ///
    /// # Safety
    /// The product has these rows and registers, and the processor the instructions of `V`.
    unsafe fn tile<V: Register, const R: usize, const C: usize>(
        &mut self,
        row: usize,
        register: usize,
    );
}

/// Works out one tile of [`row_tiles`], `height` rows high, at so many registers of columns.
///
/// # Safety
/// As [`Tiles::tile`].
#[inline(always)]
pub(crate) unsafe fn for_tiles<V: Register, T: Tiles>(
    tiles: &mut T,
    height: usize,
    registers: usize,
) {
    // SAFETY: promised by the caller.
    unsafe {
        match (height, V::WIDTH) {
            (ROWS, 16) => columns::<V, T, ROWS>(tiles, 0, registers),
            (ROWS, _) => {
                columns::<V, T, { ROWS / 2 }>(tiles, 0, registers);
                columns::<V, T, { ROWS / 2 }>(tiles, ROWS / 2, registers);
            }
            (8, 16) => columns::<V, T, 8>(tiles, 0, registers),
            (8, _) => {
                columns::<V, T, 4>(tiles, 0, registers);
                columns::<V, T, 4>(tiles, 4, registers);
            }
            (6, _) => columns::<V, T, 6>(tiles, 0, registers),
            (4, _) => columns::<V, T, 4>(tiles, 0, registers),
            (2, _) => columns::<V, T, 2>(tiles, 0, registers),
            _ => columns::<V, T, 1>(tiles, 0, registers),
        }
    }
}

#[inline(always)]
unsafe fn columns<V: Register, T: Tiles, const R: usize>(
    tiles: &mut T,
    row: usize,
    registers: usize,
) {
    let mut at = 0;
    // SAFETY: promised by the caller.
    unsafe {
        // Few rows: more columns at once keep the processor busy.
        while R <= 2 && at + 4 <= registers {
            tiles.tile::<V, R, 4>(row, at);
            at += 4;
        }
        while at + 2 <= registers {
            tiles.tile::<V, R, 2>(row, at);
            at += 2;
        }
        if at < registers {
            tiles.tile::<V, R, 1>(row, at);
        }
    }
}
