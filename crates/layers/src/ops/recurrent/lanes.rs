//! Units of a state in blocks, which the compiler turns into vectors.

/// Units that are worked on at once.
const LANES: usize = 16;

/// `N` numbers from `at` on.
#[inline(always)]
pub(in crate::ops) fn load<const N: usize>(from: &[f32], at: usize) -> [f32; N] {
    std::array::from_fn(|i| from[at..at + N][i])
}

/// Work on `N` units that reads nothing that it writes: where units do not fill whole blocks, some are worked on twice.
pub(super) trait Blocks {
    fn block<const N: usize>(&mut self, at: usize);
}

/// Calls the work for each block of `count` units; the last one overlaps the one before it where they do not come out even.
#[inline(always)]
pub(super) fn in_blocks(count: usize, mut work: impl Blocks) {
    match count.checked_sub(LANES) {
        None => (0..count).for_each(|at| work.block::<1>(at)),
        Some(last) => {
            (0..last).step_by(LANES).for_each(|at| work.block::<LANES>(at));
            work.block::<LANES>(last);
        }
    }
}
