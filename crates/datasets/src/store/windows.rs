//! Windows over the rows of a table.

use std::sync::Arc;

/// Windows over rows: each sample is a number of rows, one after the other. The rows are not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// How many rows a window has.
    length: usize,
    /// Rows in the order in which windows go over them.
    order: Arc<Vec<usize>>,
    /// Where in that order each window begins.
    starts: Arc<Vec<usize>>,
}

impl Windows {
    /// Windows of `length` rows over rows in this order, with the places in it at which they begin; `None` if one has
    /// no row or ends after the last.
    pub fn new(length: usize, order: Vec<usize>, starts: Vec<usize>) -> Option<Self> {
        let fits = |start: &usize| start.checked_add(length).is_some_and(|end| end <= order.len());
        let is_whole = length > 0 && starts.iter().all(fits);
        is_whole.then(|| Windows { length, order: Arc::new(order), starts: Arc::new(starts) })
    }

    /// How many rows a window has.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The rows of a window, the oldest first.
    pub fn rows(&self, window: usize) -> &[usize] {
        let start = self.starts[window];
        &self.order[start..start + self.length]
    }

    /// The largest row.
    pub(super) fn last_row(&self) -> Option<usize> {
        self.order.iter().copied().max()
    }
}
