//! Work in pieces, spread over threads.
//!
//! Work is cut into pieces by the shape of the data, never by the number of threads, and the results of pieces are
//! summed in their order. So every number of threads gives the same bits. Work that is too small for another thread
//! runs on the calling one.
//!
//! Work that may be cancelled ([`crate::interrupt`]) ends between two pieces; that of optimizers
//! ([`for_aligned_pieces`]) does not, since it changes parameters where they are.
//!
//! Each generic function passes `&dyn` work to rayon, so that rayon's code is compiled once and not for every loop.

mod awake;

use crate::interrupt::{Current, Skipping};
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Numbers in one piece of an element-wise pass: 128 KiB, which fits into a second-level cache.
pub const PIECE: usize = 32 * 1024;

static WORKERS: RwLock<Option<Arc<rayon::ThreadPool>>> = RwLock::new(None);

/// Sets the number of threads that [`run`] works with; 0 is one for each core.
///
/// # Errors
/// The system gives no more threads.
pub fn set_threads(count: usize) -> Result<(), std::io::Error> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .thread_name(|i| format!("relume-{i}"))
        .build()
        .map_err(std::io::Error::other)?;
    *WORKERS.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(pool));
    Ok(())
}

/// The number of threads that work is spread over.
pub fn threads() -> usize {
    match &*WORKERS.read().unwrap_or_else(PoisonError::into_inner) {
        Some(pool) => pool.current_num_threads(),
        None => rayon::current_num_threads(),
    }
}

/// The number of threads that work is spread over from the calling thread: those of its pool.
pub fn current() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on one of the workers, so that the pieces of its work start at once.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if IS_ALONE.get() {
        return work();
    }
    let pool = WORKERS.read().unwrap_or_else(PoisonError::into_inner).clone();
    let current = Current::get();
    match pool {
        Some(pool) => pool.install(|| current.within(work)),
        None => work(),
    }
}

/// Like [`run`], with the other workers kept awake until it is done: for work that is spread again and again, as in
/// training.
pub fn run_awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    run(|| {
        let _kept = awake::Kept::begin();
        work()
    })
}

thread_local! {
    /// Whether this thread does all of its work itself.
    static IS_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on one new thread, which does all of it: for work of which several pieces go on side by side, each on a
/// thread of its own. The bits are those of any number of threads.
///
/// # Errors
/// The system gives no more threads.
pub fn run_alone<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, std::io::Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(std::io::Error::other)?;
    let current = Current::get();
    Ok(pool.install(|| {
        IS_ALONE.set(true);
        current.within(work)
    }))
}

/// Runs `work` once on every worker and on the calling thread, for settings of a thread. A thread that works alone is
/// its only worker.
pub fn on_every_thread(work: impl Fn() + Sync) {
    if IS_ALONE.get() {
        return work();
    }
    let pool = WORKERS.read().unwrap_or_else(PoisonError::into_inner).clone();
    match pool {
        Some(pool) => drop(pool.broadcast(|_| work())),
        None => drop(rayon::broadcast(|_| work())),
    }
    work();
}

/// Calls `work` with each of `0..count`.
pub fn for_each(count: usize, work: impl Fn(usize) + Sync) {
    fn spread(count: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..count).into_par_iter().with_max_len(1).for_each(work);
    }
    match count {
        0 | 1 => (0..count).for_each(work),
        _ => match Skipping::begin() {
            None => spread(count, &work),
            Some(own) => {
                spread(count, &|i| own.piece(|| work(i)));
                own.finish();
            }
        },
    }
}

/// A slice that is cut into pieces; the last one may be shorter.
#[derive(Debug)]
pub struct Pieces<'a, T = f32> {
    items: &'a mut [T],
    size: usize,
}

impl<'a, T: Send> Pieces<'a, T> {
    /// Pieces of `size` items, at least one.
    pub fn new(items: &'a mut [T], size: usize) -> Self {
        Pieces { items, size: size.max(1) }
    }

    /// Whether there is at most one piece.
    fn is_whole(&self) -> bool {
        self.items.len() <= self.size
    }

    fn parallel(self) -> rayon::slice::ChunksMut<'a, T> {
        self.items.par_chunks_mut(self.size)
    }
}

/// Calls `work` with each piece of `out` (of `piece` numbers, the last one perhaps shorter) and its index.
pub fn for_pieces(out: &mut [f32], piece: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    fn spread(out: Pieces, work: &(dyn Fn(usize, &mut [f32]) + Sync)) {
        out.parallel().enumerate().for_each(|(i, part)| work(i, part));
    }
    let out = Pieces::new(out, piece);
    if out.is_whole() {
        if !out.items.is_empty() {
            work(0, out.items);
        }
        return;
    }
    match Skipping::begin() {
        None => spread(out, &work),
        Some(own) => {
            spread(out, &|i, part| own.piece(|| work(i, part)));
            own.finish();
        }
    }
}

/// Calls `work` with each index and the pieces of two slices at it, up to the last piece that both have.
pub fn for_pieces2<T: Send>(
    a: Pieces,
    b: Pieces<T>,
    work: impl Fn(usize, &mut [f32], &mut [T]) + Sync,
) {
    type Work<'a, T> = &'a (dyn Fn(usize, &mut [f32], &mut [T]) + Sync);
    fn spread<T: Send>(a: Pieces, b: Pieces<T>, work: Work<'_, T>) {
        let pieces = a.parallel().zip(b.parallel());
        pieces.enumerate().for_each(|(i, (a, b))| work(i, a, b));
    }
    if a.items.is_empty() && b.items.is_empty() {
        return;
    }
    if a.is_whole() && b.is_whole() {
        work(0, a.items, b.items);
        return;
    }
    match Skipping::begin() {
        None => spread(a, b, &work),
        Some(own) => {
            spread(a, b, &|i, a, b| own.piece(|| work(i, a, b)));
            own.finish();
        }
    }
}

/// Calls `work` with each index and the pieces of three slices at it, up to the last piece that all have.
pub fn for_pieces3(
    a: Pieces,
    b: Pieces,
    c: Pieces,
    work: impl Fn(usize, &mut [f32], &mut [f32], &mut [f32]) + Sync,
) {
    type Work<'a> = &'a (dyn Fn(usize, &mut [f32], &mut [f32], &mut [f32]) + Sync);
    fn spread(a: Pieces, b: Pieces, c: Pieces, work: Work<'_>) {
        let pieces = a.parallel().zip(b.parallel()).zip(c.parallel());
        pieces.enumerate().for_each(|(i, ((a, b), c))| work(i, a, b, c));
    }
    if a.items.is_empty() && b.items.is_empty() && c.items.is_empty() {
        return;
    }
    if a.is_whole() && b.is_whole() && c.is_whole() {
        work(0, a.items, b.items, c.items);
        return;
    }
    match Skipping::begin() {
        None => spread(a, b, c, &work),
        Some(own) => {
            spread(a, b, c, &|i, a, b, c| own.piece(|| work(i, a, b, c)));
            own.finish();
        }
    }
}

/// The first error of work that runs in pieces, whose closures cannot return one.
#[derive(Debug)]
pub struct FirstError<E>(Mutex<Option<E>>);

impl<E> Default for FirstError<E> {
    fn default() -> Self {
        FirstError(Mutex::new(None))
    }
}

impl<E> FirstError<E> {
    /// Keeps the error of a piece, unless another piece had one before.
    pub fn keep(&self, result: Result<(), E>) {
        if let Err(error) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The outcome of all pieces.
    ///
    /// # Errors
    /// A piece failed: its error.
    pub fn into_result(self) -> Result<(), E> {
        match self.0.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// Calls `work` with each index and the pieces of several slices at it. Of slices of different lengths, the shortest
/// decides.
pub fn for_aligned_pieces<const N: usize>(
    slices: [&mut [f32]; N],
    piece: usize,
    work: impl Fn(usize, [&mut [f32]; N]) + Sync,
) {
    fn halve<const N: usize>(
        first: usize,
        slices: [&mut [f32]; N],
        piece: usize,
        work: &(dyn Fn(usize, [&mut [f32]; N]) + Sync),
    ) {
        let length = slices.first().map_or(0, |slice| slice.len());
        if length <= piece {
            return work(first, slices);
        }
        let pieces = length.div_ceil(piece) / 2;
        let mut right: [&mut [f32]; N] = std::array::from_fn(|_| Default::default());
        let mut right_slots = right.iter_mut();
        let left = slices.map(|slice| {
            let (left, rest) = slice.split_at_mut(pieces * piece);
            if let Some(slot) = right_slots.next() {
                *slot = rest;
            }
            left
        });
        rayon::join(
            || halve(first, left, piece, work),
            || halve(first + pieces, right, piece, work),
        );
    }
    let length = slices.iter().map(|slice| slice.len()).min().unwrap_or(0);
    halve(0, slices.map(|slice| &mut slice[..length]), piece.max(1), &work);
}

/// How many rows of `width` numbers make a piece if each number costs about `cost` operations: at least one.
pub fn rows_per_piece(width: usize, cost: usize) -> usize {
    const OPERATIONS: usize = 256 * 1024;
    (OPERATIONS / width.saturating_mul(cost).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_alone_stays_on_its_thread() {
        let own = run_alone(|| {
            let outer = std::thread::current().id();
            let inner = run_awake(|| std::thread::current().id());
            (current(), outer == inner)
        });
        assert_eq!(own.unwrap(), (1, true));
        assert!(!IS_ALONE.get());
    }

    #[test]
    fn every_piece_is_visited_once_with_its_own_index() {
        let mut out = vec![0.0; 1000];
        for_pieces(&mut out, 64, |i, part| {
            part.iter_mut().enumerate().for_each(|(j, x)| *x += (i * 64 + j) as f32)
        });
        assert!(out.iter().enumerate().all(|(i, &x)| x == i as f32));
    }
}
