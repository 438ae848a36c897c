//! A few rows of one side times a few rows of the other, number by number: nothing has to be packed where both sides lie in
//! the order that is summed over.

use super::{LANES, Vector};

/// The sum of the lanes of each of up to four vectors; there are four numbers, the others are 0.
#[inline(always)]
pub(crate) unsafe fn lane_sums<V: Vector, const S: usize>(sums: [V; S]) -> [f32; 4] {
    // SAFETY: promised by the caller.
    unsafe {
        let mut four = [V::splat(0.0); 4];
        four[..S].copy_from_slice(&sums);
        V::sums(four)
    }
}

/// Cuts `count` rows of one side into tiles, of 4 (where there are registers for 4 x 4 sums), 2 and 1: where each starts and
/// how many it has.
pub(crate) fn side_tiles<V: Vector>(count: usize) -> impl Iterator<Item = (usize, usize)> {
    let largest = 2 * V::COLUMNS;
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = count - at;
        let rows = [4, 2, 1].into_iter().find(|&rows| rows <= left && rows <= largest)?;
        at += rows;
        Some((at - rows, rows))
    })
}

/// The vectors that are summed over: where the next one stands on either side.
pub(crate) trait Steps: Copy {
    /// # Safety
    /// `step` is less than the number of steps.
    unsafe fn offsets(self, step: usize) -> [usize; 2];
}

/// Vectors one after another, on both sides.
#[derive(Clone, Copy)]
pub(crate) struct Contiguous;

impl Steps for Contiguous {
    #[inline(always)]
    unsafe fn offsets(self, step: usize) -> [usize; 2] {
        [step * LANES; 2]
    }
}

/// Vectors one after another on the left side, anywhere on the right.
impl Steps for &[u32] {
    #[inline(always)]
    unsafe fn offsets(self, step: usize) -> [usize; 2] {
        // SAFETY: the caller promises that there is such a step.
        [step * LANES, unsafe { *self.get_unchecked(step) } as usize]
    }
}

/// `sums[r][s] += a[r] b[s]`, lane by lane, over `count` steps and then the first `rest` numbers of one more.
///
/// # Safety
/// All those numbers can be read, and the processor has the instructions of `V`.
#[inline(always)]
pub(crate) unsafe fn dot_tile<V: Vector, T: Steps, const R: usize, const S: usize>(
    sums: &mut [[V; S]; R],
    a: [*const f32; R],
    b: [*const f32; S],
    steps: T,
    count: usize,
    rest: usize,
) {
    let mut own = *sums;
    // SAFETY: promised by the caller.
    unsafe {
        for step in 0..count {
            let [at_a, at_b] = steps.offsets(step);
            let mut left = [V::splat(0.0); R];
            for r in 0..R {
                left[r] = V::load(a[r].add(at_a));
            }
            for s in 0..S {
                let right = V::load(b[s].add(at_b));
                for r in 0..R {
                    own[r][s] = left[r].mul_add(right, own[r][s]);
                }
            }
        }
        if rest > 0 {
            let [at_a, at_b] = steps.offsets(count);
            for s in 0..S {
                let right = V::load_first(b[s].add(at_b), rest);
                for r in 0..R {
                    own[r][s] = V::load_first(a[r].add(at_a), rest).mul_add(right, own[r][s]);
                }
            }
        }
    }
    *sums = own;
}
