//! The numbers of a tensor, and the pool they go back to.
//!
//! A training step makes and drops the same sizes again and again. A dropped buffer goes to a list of its thread and
//! size class, and the next tensor of that class takes it from there. So a steady step allocates nothing.

use crate::memory::{bytes_text, free_memory};
use crate::zeroed::try_zeroed;
use crate::{Shape, TensorError};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// Buffers of fewer numbers than this share the smallest class.
const SMALLEST: usize = 16;
/// Numbers of a cache line (64 bytes). Buffers start at one, so that no vector of the kernels crosses two lines.
const LINE: usize = 16;
/// Idle numbers of each type that one thread keeps at most (256 MiB); beyond that, buffers go back to the system.
const KEPT: usize = 64 << 20;

/// The idle buffers of one thread and one type of numbers.
pub(crate) struct Pool<T> {
    classes: Vec<Vec<Arc<Vec<T>>>>,
    idle: usize,
    /// Numbers of the buffers that this thread took less those that it gave back, and the most since the last reset.
    held: isize,
    peak: isize,
}

impl<T> Pool<T> {
    const EMPTY: Self = Pool { classes: Vec::new(), idle: 0, held: 0, peak: 0 };
}

/// A type of numbers that storage holds. Bytes of zero are a value of it.
pub(crate) trait Element: Copy + Default + Send + Sync + 'static {
    /// Calls `work` with this thread's pool; not at all if the thread is ending and has none any more.
    fn with_pool<R>(work: impl FnOnce(&mut Pool<Self>) -> R) -> Option<R>;
}

macro_rules! element {
    ($type:ty) => {
        impl Element for $type {
            fn with_pool<R>(work: impl FnOnce(&mut Pool<Self>) -> R) -> Option<R> {
                thread_local! {
                    static POOL: RefCell<Pool<$type>> = const { RefCell::new(Pool::EMPTY) };
                }
                POOL.try_with(|pool| work(&mut pool.borrow_mut())).ok()
            }
        }
    };
}

element!(f32);
element!(u32);

/// How the message of the panic begins where memory is asked for without a `Result`.
pub const OUT_OF_MEMORY: &str = "out of memory: ";

/// Memory that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The bytes that are wanted; saturated.
    wanted: u64,
    /// The bytes that are free, if it is known.
    free: Option<u64>,
}

impl Refusal {
    /// As the error of a tensor of this shape.
    pub fn of(self, shape: Shape) -> TensorError {
        let Refusal { wanted, free } = self;
        TensorError::TooLarge { shape, wanted, free }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shortage(self.wanted, self.free))
    }
}

/// What is wanted, and what there is: `37.3 GiB of memory are needed, and 20.1 GiB are free`.
pub(crate) fn shortage(wanted: u64, free: Option<u64>) -> String {
    let wanted = match wanted > isize::MAX as u64 {
        true => "more memory is needed than a program can have".to_string(),
        false => format!("{} of memory are needed", bytes_text(wanted)),
    };
    match free {
        Some(free) => format!("{wanted}, and {} are free", bytes_text(free)),
        None => wanted,
    }
}

/// Asks for memory for so many numbers before it is allocated.
pub(crate) fn ask(count: usize) -> Result<(), Refusal> {
    /// Buffers are up to a quarter larger than their contents.
    const MOST: usize = isize::MAX as usize / (2 * size_of::<f32>());
    /// Fewer numbers (64 MiB) are not asked for: it would take longer than to allocate them.
    const MANY: usize = 16 << 20;
    if count <= MANY {
        return Ok(());
    }
    let wanted = (count as u64).saturating_mul(size_of::<f32>() as u64);
    let refused = |free: Option<u64>| free.is_some_and(|free| free < wanted);
    let mut free = free_memory();
    if refused(free) {
        release_idle_buffers();
        free = free_memory();
    }
    // Where the system does not tell, it is asked for the memory itself.
    let is_there = || free.is_some() || Vec::<f32>::new().try_reserve_exact(count).is_ok();
    match count > MOST || refused(free) || !is_there() {
        true => Err(Refusal { wanted, free }),
        false => Ok(()),
    }
}

/// Numbers of zero. Where the system refuses them, the idle buffers of the thread are given back first.
fn zeroed<T: Element>(count: usize) -> Result<Vec<T>, Refusal> {
    let again = || {
        release_idle_buffers();
        try_zeroed(count)
    };
    try_zeroed(count).or_else(again).ok_or_else(|| Refusal {
        wanted: (count as u64).saturating_mul(size_of::<T>() as u64),
        free: free_memory(),
    })
}

/// The size class of a count, and how many numbers its buffers hold. There are four classes for each doubling.
fn class_of(count: usize) -> (usize, usize) {
    let count = count.max(SMALLEST);
    let power = count.ilog2() as usize;
    let base = 1usize << power;
    let quarter = base / 4;
    let part = (count - base).div_ceil(quarter);
    // Saturated, no buffer can be that large: making it panics.
    (power * 4 + part, base.saturating_add(part * quarter))
}

/// A shared buffer of at least `count` numbers that returns to the pool with its last owner.
#[derive(Debug)]
pub(crate) struct Storage<T: Element = f32> {
    // None where there are no numbers, and while being dropped.
    buffer: Option<Arc<Vec<T>>>,
    /// Where the numbers start in the buffer.
    start: usize,
    count: usize,
}

impl<T: Element> Storage<T> {
    /// A buffer of arbitrary numbers.
    ///
    /// # Panics
    /// It does not fit into memory.
    pub fn uninit(count: usize) -> Self {
        match Self::try_uninit(count) {
            Ok(storage) => storage,
            // The prompt knows by these words that it is no mistake of the program.
            Err(refusal) => panic!("{OUT_OF_MEMORY}{refusal}"),
        }
    }

    /// A buffer of arbitrary numbers.
    pub fn try_uninit(count: usize) -> Result<Self, Refusal> {
        if count == 0 {
            return Ok(Storage { buffer: None, start: 0, count });
        }
        let (class, capacity) = class_of(count);
        let pooled = T::with_pool(|pool| {
            pool.held += capacity as isize;
            pool.peak = pool.peak.max(pool.held);
            let buffer = pool.classes.get_mut(class)?.pop()?;
            pool.idle -= capacity;
            Some(buffer)
        });
        let buffer = match pooled.flatten() {
            Some(buffer) => buffer,
            None => match ask(count).and_then(|()| zeroed(capacity + LINE)) {
                Ok(buffer) => Arc::new(buffer),
                Err(refusal) => {
                    T::with_pool(|pool| pool.held -= capacity as isize);
                    return Err(refusal);
                }
            },
        };
        // Below LINE for numbers of four bytes; were it ever more, an unaligned start is right as well.
        let start = buffer.as_ptr().align_offset(64).min(LINE);
        Ok(Storage { buffer: Some(buffer), start, count })
    }

    /// Takes ownership of numbers.
    pub fn owned(values: Vec<T>) -> Self {
        let count = values.len();
        Storage { buffer: Some(Arc::new(values)), start: 0, count }
    }

    pub fn values(&self) -> &[T] {
        match &self.buffer {
            Some(buffer) => &buffer[self.start..self.start + self.count],
            None => &[],
        }
    }

    /// The numbers for writing; copied first if other owners share them.
    pub fn values_mut(&mut self) -> &mut [T] {
        if self.is_shared() {
            let mut copy = Self::uninit(self.count);
            copy.values_mut().copy_from_slice(self.values());
            *self = copy;
        }
        match self.buffer.as_mut().and_then(Arc::get_mut) {
            Some(buffer) => &mut buffer[self.start..self.start + self.count],
            None => &mut [],
        }
    }

    pub fn is_unique(&mut self) -> bool {
        !self.is_shared()
    }

    /// Whether there are other owners. No buffer has weak ones, so counting is enough, and spares the locked
    /// instruction of `Arc::get_mut`.
    fn is_shared(&self) -> bool {
        self.buffer.as_ref().is_some_and(|buffer| Arc::strong_count(buffer) > 1)
    }

    pub fn shares_with(&self, other: &Self) -> bool {
        match (&self.buffer, &other.buffer) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl<T: Element> Clone for Storage<T> {
    fn clone(&self) -> Self {
        Storage { buffer: self.buffer.clone(), start: self.start, count: self.count }
    }
}

impl<T: Element> Drop for Storage<T> {
    fn drop(&mut self) {
        if self.is_shared() {
            return;
        }
        let Some(buffer) = self.buffer.take() else { return };
        let (class, capacity) = class_of(buffer.len().saturating_sub(LINE));
        // The size of a vector from elsewhere is rarely that of a class.
        if capacity + LINE != buffer.len() {
            return;
        }
        // A thread that is ending has no pool any more, and the buffer is freed.
        T::with_pool(|pool| {
            pool.held -= capacity as isize;
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

/// Frees the idle buffers of the calling thread.
pub fn release_idle_buffers() {
    f32::with_pool(|pool| (pool.classes, pool.idle) = (Vec::new(), 0));
    u32::with_pool(|pool| (pool.classes, pool.idle) = (Vec::new(), 0));
}

/// Runs `work`, and gives the most numbers (f32) that tensors which it made on the calling thread held at once.
///
/// It tells how much memory a computation takes, before it is done with many samples. Buffers are up to a quarter
/// larger than their tensors; what worker threads make is not counted.
pub fn peak_numbers<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = f32::with_pool(|pool| {
        pool.peak = pool.held;
        pool.held
    });
    let result = work();
    let peak = f32::with_pool(|pool| pool.peak);
    let numbers = peak.unwrap_or(0) - before.unwrap_or(0);
    (result, usize::try_from(numbers).unwrap_or(0))
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
    fn numbers_start_at_a_cache_line() {
        for count in [1, 17, 1000, 100_000] {
            let values = Storage::<f32>::uninit(count);
            assert_eq!(values.values().as_ptr().addr() % 64, 0, "{count}");
        }
    }

    #[test]
    fn a_dropped_buffer_is_taken_again() {
        let first = Storage::<f32>::uninit(1000);
        let address = first.values().as_ptr();
        drop(first);
        assert_eq!(Storage::<f32>::uninit(990).values().as_ptr(), address);
    }

    #[test]
    fn the_peak_counts_what_is_held_at_once() {
        let (kept, peak) = peak_numbers(|| {
            drop(Storage::<f32>::uninit(4096));
            let (a, b) = (Storage::<f32>::uninit(1024), Storage::<f32>::uninit(1024));
            drop(b);
            a
        });
        assert_eq!(peak, 4096);
        let (_, peak) = peak_numbers(|| drop((kept, Storage::<f32>::uninit(64))));
        assert_eq!(peak, 64);
    }

    #[test]
    fn writing_to_a_shared_buffer_leaves_the_other_owner_alone() {
        let a = Storage::owned(vec![1.0, 2.0]);
        let mut b = a.clone();
        b.values_mut()[0] = 5.0;
        assert_eq!((a.values(), b.values()), (&[1.0, 2.0][..], &[5.0, 2.0][..]));
    }
}
