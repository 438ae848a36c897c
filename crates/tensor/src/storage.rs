//! The numbers behind a tensor, and the pool they go back to.
//!
//! A training step makes and drops the same sizes again and again. A dropped buffer goes to a list of its thread and its
//! size class, and the next tensor of that class takes it from there: a steady step asks the system for nothing.

use std::cell::RefCell;
use std::sync::Arc;

/// Buffers of fewer numbers than this share the smallest class.
const SMALLEST: usize = 16;
/// Idle numbers that one thread keeps at most (256 MiB); beyond that, buffers go back to the system.
const KEPT: usize = 64 << 20;

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { classes: Vec::new(), idle: 0 }) };
}

struct Pool {
    classes: Vec<Vec<Arc<Vec<f32>>>>,
    idle: usize,
}

/// The class of a count, and how many numbers its buffers hold: four classes for each doubling.
fn class_of(count: usize) -> (usize, usize) {
    let count = count.max(SMALLEST);
    let power = count.ilog2() as usize;
    let base = 1usize << power;
    let quarter = base / 4;
    let part = (count - base).div_ceil(quarter);
    (power * 4 + part, base + part * quarter)
}

/// A shared buffer of at least `count` numbers that returns to the pool with its last owner.
#[derive(Debug)]
pub(crate) struct Storage {
    // Empty only while being dropped.
    buffer: Option<Arc<Vec<f32>>>,
    count: usize,
}

impl Storage {
    /// A buffer whose numbers are whatever was there before.
    pub fn uninit(count: usize) -> Self {
        let (class, capacity) = class_of(count);
        let pooled = POOL.try_with(|pool| {
            let pool = &mut *pool.borrow_mut();
            let buffer = pool.classes.get_mut(class)?.pop()?;
            pool.idle -= capacity;
            Some(buffer)
        });
        let buffer = match pooled {
            Ok(Some(buffer)) => buffer,
            _ => Arc::new(vec![0.0; capacity]),
        };
        Storage { buffer: Some(buffer), count }
    }

    /// Takes over numbers that were made elsewhere.
    pub fn owned(values: Vec<f32>) -> Self {
        let count = values.len();
        Storage { buffer: Some(Arc::new(values)), count }
    }

    pub fn values(&self) -> &[f32] {
        match &self.buffer {
            Some(buffer) => &buffer[..self.count],
            None => &[],
        }
    }

    /// The numbers, for this owner alone: copied first if others share them.
    pub fn values_mut(&mut self) -> &mut [f32] {
        if !self.is_unique() {
            let mut copy = Storage::uninit(self.count);
            copy.values_mut().copy_from_slice(self.values());
            *self = copy;
        }
        match self.buffer.as_mut().and_then(Arc::get_mut) {
            Some(buffer) => &mut buffer[..self.count],
            None => &mut [],
        }
    }

    pub fn is_unique(&mut self) -> bool {
        self.buffer.as_mut().is_some_and(|buffer| Arc::get_mut(buffer).is_some())
    }

    pub fn shares_with(&self, other: &Storage) -> bool {
        match (&self.buffer, &other.buffer) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Clone for Storage {
    fn clone(&self) -> Self {
        Storage { buffer: self.buffer.clone(), count: self.count }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        let Some(mut buffer) = self.buffer.take() else { return };
        if Arc::get_mut(&mut buffer).is_none() {
            return;
        }
        let (class, capacity) = class_of(buffer.len());
        // Numbers made elsewhere seldom have a class's exact size.
        if capacity != buffer.len() {
            return;
        }
        // A thread that is ending has no pool any more: the buffer is simply freed.
        let _ = POOL.try_with(|pool| {
            let pool = &mut *pool.borrow_mut();
            if pool.idle + capacity <= KEPT {
                if pool.classes.len() <= class {
                    pool.classes.resize_with(class + 1, Vec::new);
                }
                pool.idle += capacity;
                pool.classes[class].push(buffer);
            }
        });
    }
}

/// Gives the idle buffers of this thread back to the system.
pub fn release_idle_buffers() {
    let _ = POOL.try_with(|pool| {
        let pool = &mut *pool.borrow_mut();
        pool.classes.clear();
        pool.idle = 0;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_fits_its_class_with_at_most_a_quarter_to_spare() {
        for count in 1..10_000 {
            let (class, capacity) = class_of(count);
            assert!(capacity >= count && capacity <= (count + count / 4 + 1).max(SMALLEST));
            assert_eq!(class_of(capacity), (class, capacity), "{count}");
        }
    }

    #[test]
    fn a_dropped_buffer_is_taken_again() {
        let first = Storage::uninit(1000);
        let address = first.values().as_ptr();
        drop(first);
        assert_eq!(Storage::uninit(990).values().as_ptr(), address);
    }

    #[test]
    fn writing_to_a_shared_buffer_leaves_the_other_owner_alone() {
        let a = Storage::owned(vec![1.0, 2.0]);
        let mut b = a.clone();
        b.values_mut()[0] = 5.0;
        assert_eq!((a.values(), b.values()), (&[1.0, 2.0][..], &[5.0, 2.0][..]));
    }
}
