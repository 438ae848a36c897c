//! How work is spread over threads.
//!
//! Work is cut into pieces by the shape of the data, never by the number of threads, and whatever pieces add up to is
//! summed in their order: the same bits come out of any number of threads. What is too small to be worth a hand-over
//! runs where it is.
//!
//! Behind its generic front each function hands `&dyn` work to rayon: rayon's machinery is compiled once, not for every loop.

mod awake;

use rayon::prelude::*;
use std::sync::{Arc, PoisonError, RwLock};

/// Numbers in one piece of an element-wise pass: 128 KiB, well inside a second-level cache.
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

/// How many threads work that begins on this thread is spread over: those of the pool that it belongs to.
pub fn current() -> usize {
    rayon::current_num_threads()
}

/// Runs `work` on one of the workers, so that what it hands over starts at once.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = WORKERS.read().unwrap_or_else(PoisonError::into_inner).clone();
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// Like [`run`], with the other workers kept awake until it is done: for work that hands over again and again, as training does.
pub fn run_awake<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    run(|| {
        let _kept = awake::Kept::begin();
        work()
    })
}

/// Runs `work` once on every worker and on the calling thread: for settings that belong to a thread.
pub fn on_every_thread(work: impl Fn() + Sync) {
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
        _ => spread(count, &work),
    }
}

/// Calls `work` with each piece of `out` (of `piece` numbers, the last one perhaps shorter) and its index.
pub fn for_pieces(out: &mut [f32], piece: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    fn spread(out: &mut [f32], piece: usize, work: &(dyn Fn(usize, &mut [f32]) + Sync)) {
        out.par_chunks_mut(piece).enumerate().for_each(|(i, part)| work(i, part));
    }
    if out.len() <= piece {
        if !out.is_empty() {
            work(0, out);
        }
        return;
    }
    spread(out, piece, &work);
}

/// Like [`for_pieces`] with pieces of two slices that go together; the second may hold other things than f32.
pub fn for_pieces2<T: Send>(
    (a, piece_a): (&mut [f32], usize),
    (b, piece_b): (&mut [T], usize),
    work: impl Fn(usize, &mut [f32], &mut [T]) + Sync,
) {
    type Work<'a, T> = &'a (dyn Fn(usize, &mut [f32], &mut [T]) + Sync);
    fn spread<T: Send>(
        (a, piece_a): (&mut [f32], usize),
        (b, piece_b): (&mut [T], usize),
        work: Work<'_, T>,
    ) {
        let pieces = a.par_chunks_mut(piece_a).zip(b.par_chunks_mut(piece_b));
        pieces.enumerate().for_each(|(i, (a, b))| work(i, a, b));
    }
    if a.len() <= piece_a && b.len() <= piece_b {
        work(0, a, b);
        return;
    }
    spread((a, piece_a), (b, piece_b), &work);
}

/// Like [`for_pieces`] with pieces of three slices that go together.
pub fn for_pieces3(
    (a, piece_a): (&mut [f32], usize),
    (b, piece_b): (&mut [f32], usize),
    (c, piece_c): (&mut [f32], usize),
    work: impl Fn(usize, &mut [f32], &mut [f32], &mut [f32]) + Sync,
) {
    type Work<'a> = &'a (dyn Fn(usize, &mut [f32], &mut [f32], &mut [f32]) + Sync);
    fn spread(slices: [&mut [f32]; 3], pieces: [usize; 3], work: Work<'_>) {
        let [a, b, c] = slices;
        a.par_chunks_mut(pieces[0])
            .zip(b.par_chunks_mut(pieces[1]))
            .zip(c.par_chunks_mut(pieces[2]))
            .enumerate()
            .for_each(|(i, ((a, b), c))| work(i, a, b, c));
    }
    if a.len() <= piece_a && b.len() <= piece_b && c.len() <= piece_c {
        work(0, a, b, c);
        return;
    }
    spread([a, b, c], [piece_a, piece_b, piece_c], &work);
}

/// Calls `work` with the index and the pieces of several slices of the same length that go together.
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
    halve(0, slices, piece, &work);
}

/// How many rows of `width` numbers make a piece when each number costs about `cost` operations.
///
/// Depends on the data alone. At least one row.
pub fn rows_per_piece(width: usize, cost: usize) -> usize {
    const OPERATIONS: usize = 256 * 1024;
    (OPERATIONS / (width * cost).max(1)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_visited_once_with_its_own_index() {
        let mut out = vec![0.0; 1000];
        for_pieces(&mut out, 64, |i, part| {
            part.iter_mut().enumerate().for_each(|(j, x)| *x += (i * 64 + j) as f32)
        });
        assert!(out.iter().enumerate().all(|(i, &x)| x == i as f32));
    }
}
