//! Units of a state in blocks, which the compiler turns into vectors.

/// Units that are processed at once.
const LANES: usize = 16;

/// `N` numbers from `at` on.
#[inline(always)]
pub(crate) fn load<const N: usize>(from: &[f32], at: usize) -> [f32; N] {
    std::array::from_fn(|i| from[at..at + N][i])
}

/// Work on `N` units that does not read what it writes: some units may be computed twice.
pub(super) trait Blocks {
    fn block<const N: usize>(&mut self, at: usize);
}

/// Calls the work for each block of `count` units; the last one may overlap the one before it.
#[inline(always)]
pub(super) fn in_blocks(count: usize, mut work: impl Blocks) {
    // Loops, not closures: functions called in a closure may not be inlined, and would then not be vectorised.
    match count.checked_sub(LANES) {
        None => {
            for at in 0..count {
                work.block::<1>(at);
            }
        }
        Some(last) => {
            for at in (0..last).step_by(LANES) {
                work.block::<LANES>(at);
            }
            work.block::<LANES>(last);
        }
    }
}
