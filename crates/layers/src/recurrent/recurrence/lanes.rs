//! Units of a state in blocks, which the compiler turns into vectors.

/// Units that are worked on at once.
const LANES: usize = 16;

/// `N` numbers from `at` on.
#[inline(always)]
pub(crate) fn load<const N: usize>(from: &[f32], at: usize) -> [f32; N] {
    std::array::from_fn(|i| from[at..at + N][i])
}

/// Work on `N` units that reads nothing that it writes: where units do not fill whole blocks, some are worked on twice.
pub(super) trait Blocks {
    fn block<const N: usize>(&mut self, at: usize);
}

/// Calls the work for each block of `count` units; the last one overlaps the one before it where they do not come out even.
#[inline(always)]
pub(super) fn in_blocks(count: usize, mut work: impl Blocks) {
    // Loops, not closures: what is called inside of a closure may not be inlined, and would not be vectorised then.
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
