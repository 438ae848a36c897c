//! A few rows times a few vectors of columns: each number of the left side meets a whole line of the right side.

use super::Vector;

/// Rows of a full tile: with two vectors of columns, 16 sums and what they need fill 19 of 32 registers.
pub(crate) const ROWS: usize = 8;

/// The right-hand side: where the line of a term starts, counted from where a vector of columns starts.
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
/// `a[r, term]` stands at `a + r * strides[0] + term * strides[1]`; the line of a term for column vector `c` at
/// `b[c] + lines.offset(term)`.
///
/// # Safety
/// All those numbers can be read, and the processor has the instructions of `V`.
#[inline(always)]
pub(crate) unsafe fn outer_tile<V: Vector, L: Lines, const R: usize, const C: usize>(
    sums: &mut [[V; C]; R],
    terms: usize,
    a: *const f32,
    strides: [usize; 2],
    b: [*const f32; C],
    lines: L,
) {
    if V::COLUMNS == 1 && R == ROWS {
        // Half as many registers: one half of the rows after the other.
        let (upper, lower) = sums.split_at_mut(ROWS / 2);
        for (half, start) in [(upper, 0), (lower, ROWS / 2)] {
            let Ok(half) = <&mut [[V; C]; ROWS / 2]>::try_from(half) else { return };
            // SAFETY: promised by the caller.
            unsafe { outer_tile(half, terms, a.add(start * strides[0]), strides, b, lines) };
        }
        return;
    }
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

/// Cuts `count` rows into tiles of 8, 4, 2 and 1: where each starts and how high it is.
pub(crate) fn row_tiles(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = count - at;
        let rows = [ROWS, 4, 2, 1].into_iter().find(|&rows| rows <= left)?;
        at += rows;
        Some((at - rows, rows))
    })
}
