//! Where a product goes, in parts that several threads write at the same time.

use std::marker::PhantomData;

/// Rows of contiguous numbers that lie `stride` apart, borrowed for `'a`.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    first: *mut f32,
    count: usize,
    pub stride: usize,
    owner: PhantomData<&'a mut [f32]>,
}

// SAFETY: a target is a borrowed slice of plain numbers; whoever hands parts of one to several threads lets each write to
// rows and columns of its own (`Target::part`).
unsafe impl Send for Target<'_> {}
// SAFETY: as above.
unsafe impl Sync for Target<'_> {}

impl<'a> Target<'a> {
    pub fn new(numbers: &'a mut [f32], stride: usize) -> Self {
        Target { first: numbers.as_mut_ptr(), count: numbers.len(), stride, owner: PhantomData }
    }

    /// What begins at a row and column.
    ///
    /// # Safety
    /// Parts that are in use at the same time have no number in common that one of them writes.
    pub unsafe fn part(self, row: usize, column: usize) -> Self {
        let offset = (row * self.stride + column).min(self.count);
        // SAFETY: the offset lies inside of the numbers.
        Target { first: unsafe { self.first.add(offset) }, count: self.count - offset, ..self }
    }

    /// Where the numbers of `rows` x `columns` begin.
    ///
    /// # Panics
    /// There is no room for so many.
    pub fn room(self, rows: usize, columns: usize) -> *mut f32 {
        let needed = if rows * columns == 0 { 0 } else { (rows - 1) * self.stride + columns };
        assert!(self.count >= needed, "room for a product of {rows} x {columns}");
        self.first
    }

    /// Calls `work` with each of `rows`, `columns` wide.
    pub fn for_rows(self, rows: usize, columns: usize, mut work: impl FnMut(&mut [f32])) {
        let first = self.room(rows, columns);
        for row in 0..rows {
            // SAFETY: there is room for all rows, they do not overlap, and nobody else writes to this part.
            work(unsafe { std::slice::from_raw_parts_mut(first.add(row * self.stride), columns) });
        }
    }
}
