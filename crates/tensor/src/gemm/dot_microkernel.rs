//! The microkernel of unpacked products: dot products of a few rows of A and a few rows of B transposed, both
//! contiguous along K.

use crate::simd::{LANES, Vector};

/// The steps of [`LANES`] numbers that K is summed over in: where each one starts, in A and in B.
pub(crate) trait StepOffsets: Copy {
    /// # Safety
    /// `step` is less than the number of steps.
    unsafe fn offsets(self, step: usize) -> [usize; 2];
}

/// Contiguous steps, in both.
#[derive(Clone, Copy)]
pub(crate) struct Contiguous;

impl StepOffsets for Contiguous {
    #[inline(always)]
    unsafe fn offsets(self, step: usize) -> [usize; 2] {
        [step * LANES; 2]
    }
}

/// Steps contiguous in A, anywhere in B.
impl StepOffsets for &[u32] {
    #[inline(always)]
    unsafe fn offsets(self, step: usize) -> [usize; 2] {
        // SAFETY: the caller promises that there is such a step.
        [step * LANES, unsafe { *self.get_unchecked(step) } as usize]
    }
}

/// The sums of `R` rows times `S` rows, lane by lane, in one vector each or in two.
pub(crate) struct DotAccumulators<V, const R: usize, const S: usize>([[[V; S]; R]; 2]);

impl<V: Vector, const R: usize, const S: usize> DotAccumulators<V, R, S> {
    /// Zeros.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    #[inline(always)]
    pub unsafe fn new() -> Self {
        // SAFETY: promised by the caller.
        DotAccumulators([[[unsafe { V::splat(0.0) }; S]; R]; 2])
    }

    /// Adds `count` steps of the rows at `a` times those at `b`, then the first `rest` numbers of one more step.
    ///
    /// # Safety
    /// All those numbers can be read, and the processor has the instructions of `V`.
    #[inline(always)]
    pub unsafe fn add<T: StepOffsets>(
        &mut self,
        a: [*const f32; R],
        b: [*const f32; S],
        steps: T,
        count: usize,
        rest: usize,
    ) {
        for part in 0..LANES / V::WIDTH {
            let from = part * V::WIDTH;
            let mut own = self.0[part];
            // SAFETY: promised by the caller.
            unsafe {
                for step in 0..count {
                    let [at_a, at_b] = steps.offsets(step);
                    let mut left = [V::splat(0.0); R];
                    for r in 0..R {
                        left[r] = V::load(a[r].add(at_a + from));
                    }
                    for s in 0..S {
                        let right = V::load(b[s].add(at_b + from));
                        for r in 0..R {
                            own[r][s] = left[r].mul_add(right, own[r][s]);
                        }
                    }
                }
                if rest > from {
                    let width = (rest - from).min(V::WIDTH);
                    let [at_a, at_b] = steps.offsets(count);
                    for s in 0..S {
                        let right = V::load_first(b[s].add(at_b + from), width);
                        for r in 0..R {
                            let left = V::load_first(a[r].add(at_a + from), width);
                            own[r][s] = left.mul_add(right, own[r][s]);
                        }
                    }
                }
            }
            self.0[part] = own;
        }
    }

    /// The sums of the lanes: four numbers for each row of A, of which the first `S` count.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    #[inline(always)]
    pub unsafe fn sums(self) -> [[f32; 4]; R] {
        let mut sums = [[0.0; 4]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: promised by the caller.
            unsafe {
                let mut parts = [[V::splat(0.0); 4]; 2];
                parts[0][..S].copy_from_slice(&self.0[0][r]);
                parts[1][..S].copy_from_slice(&self.0[1][r]);
                *sums = V::sums(parts);
            }
        }
        sums
    }
}

/// A product that is computed by [`DotAccumulators`].
pub(crate) trait DotTileKernel {
    /// `R` rows of A from `row` on times `S` rows of B transposed from `column` on.
    ///
    /// # Safety
    /// There are such rows, and the processor has the instructions of `V`.
    unsafe fn tile<V: Vector, const R: usize, const S: usize>(&mut self, row: usize, column: usize);
}

/// Computes all tiles of `rows` times `columns`, as large as the registers hold: 4 x 4 in 32, 3 x 4 in 16.
///
/// # Safety
/// As [`DotTileKernel::tile`].
#[inline(always)]
pub(crate) unsafe fn for_each_dot_tile<V: Vector, T: DotTileKernel>(
    tiles: &mut T,
    rows: usize,
    columns: usize,
) {
    let mut column = 0;
    while column < columns {
        // SAFETY: promised by the caller.
        unsafe {
            match columns - column {
                1 => all_rows::<V, T, 1>(tiles, rows, column),
                2 | 3 => all_rows::<V, T, 2>(tiles, rows, column),
                _ => all_rows::<V, T, 4>(tiles, rows, column),
            }
        }
        column += match columns - column {
            1 => 1,
            2 | 3 => 2,
            _ => 4,
        };
    }
}

/// All `rows` times `S` columns.
///
/// # Safety
/// As [`DotTileKernel::tile`].
#[inline(always)]
unsafe fn all_rows<V: Vector, T: DotTileKernel, const S: usize>(
    tiles: &mut T,
    rows: usize,
    column: usize,
) {
    let mut row = 0;
    while row < rows {
        // SAFETY: promised by the caller.
        unsafe {
            row += match rows - row {
                4.. if V::WIDTH == 16 => {
                    tiles.tile::<V, 4, S>(row, column);
                    4
                }
                3.. => {
                    tiles.tile::<V, 3, S>(row, column);
                    3
                }
                2 => {
                    tiles.tile::<V, 2, S>(row, column);
                    2
                }
                _ => {
                    tiles.tile::<V, 1, S>(row, column);
                    1
                }
            };
        }
    }
}
