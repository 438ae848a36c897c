//! The output of a product, which several threads may write in parts.

use std::marker::PhantomData;

/// Rows of contiguous numbers that start `stride` apart, mutably borrowed for `'a`.
///
/// Like a mutable slice it is neither copied nor cloned. Safe code gets one part at a time ([`MatrixMut::part`]); parts
/// that exist at the same time take the caller's promise that they are disjoint ([`MatrixMut::disjoint_part`]).
pub(super) struct MatrixMut<'a> {
    first: *mut f32,
    /// Numbers from the first on that are borrowed.
    len: usize,
    stride: usize,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it borrows a slice mutably, and `&mut [f32]` may be sent to another thread.
unsafe impl Send for MatrixMut<'_> {}
// SAFETY: no safe method writes through a shared reference.
unsafe impl Sync for MatrixMut<'_> {}

impl<'a> MatrixMut<'a> {
    pub fn new(numbers: &'a mut [f32], stride: usize) -> Self {
        MatrixMut { first: numbers.as_mut_ptr(), len: numbers.len(), stride, borrowed: PhantomData }
    }

    /// Numbers from the start of one row to the next.
    #[inline(always)]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The part that starts at a row and column.
    #[inline(always)]
    pub fn part(&mut self, row: usize, column: usize) -> MatrixMut<'_> {
        // SAFETY: this matrix is borrowed while the part exists, so no other part does.
        unsafe { self.disjoint_part(row, column) }
    }

    /// The part that starts at a row and column.
    ///
    /// # Safety
    /// Of the parts that exist at the same time, none reads or writes a number that another one writes.
    #[inline(always)]
    pub unsafe fn disjoint_part(&self, row: usize, column: usize) -> MatrixMut<'_> {
        let offset = (row * self.stride + column).min(self.len);
        // SAFETY: the offset lies inside of the borrowed numbers.
        let first = unsafe { self.first.add(offset) };
        MatrixMut { first, len: self.len - offset, stride: self.stride, borrowed: PhantomData }
    }

    /// Where `rows` x `columns` numbers start.
    ///
    /// # Panics
    /// There are fewer numbers.
    #[inline(always)]
    pub fn as_mut_ptr(&mut self, rows: usize, columns: usize) -> *mut f32 {
        let needed = if rows * columns == 0 { 0 } else { (rows - 1) * self.stride + columns };
        assert!(self.len >= needed, "room for a product of {rows} x {columns}");
        self.first
    }

    /// Calls `work` with each of `rows`, `columns` wide.
    pub fn for_rows(&mut self, rows: usize, columns: usize, mut work: impl FnMut(&mut [f32])) {
        let first = self.as_mut_ptr(rows, columns);
        for row in 0..rows {
            // SAFETY: all rows lie inside of the borrowed numbers, and each slice ends before the next one starts to
            // exist.
            work(unsafe { std::slice::from_raw_parts_mut(first.add(row * self.stride), columns) });
        }
    }
}
