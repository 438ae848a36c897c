//! SIMD vectors, behind one interface for every instruction set.
//!
//! The compiler does not keep loops over arrays in registers at the sizes of a microkernel (they ran at 6 GFLOP/s,
//! these at 105). So these vector instructions are written out once, over [`Vector`].

/// Partial sums that long sums are split into on every processor, so that the result has the same bits everywhere.
pub(crate) const LANES: usize = 16;

/// A vector of 8 or 16 numbers.
///
/// # Safety
/// The methods may only run on a processor with the instructions, inlined into a [`VectorKernel`](super::VectorKernel).
pub(crate) trait Vector: Copy {
    /// How many numbers there are: [`LANES`] or half as many.
    const WIDTH: usize;

    /// One number in every lane.
    unsafe fn splat(value: f32) -> Self;
    /// Reads [`Vector::WIDTH`] numbers.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads the first `count` numbers, at most [`Vector::WIDTH`]; the others are 0.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes all numbers.
    unsafe fn store(self, to: *mut f32);
    /// Writes the first `count` numbers, at most [`Vector::WIDTH`].
    unsafe fn store_first(self, to: *mut f32, count: usize);
    /// `self * b + c`, rounded once.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;

    /// The sums of four times [`LANES`] numbers, in one vector each or in two. The upper eight are added to the lower
    /// ones, and then neighbours until one is left.
    unsafe fn sums(parts: [[Self; 4]; 2]) -> [f32; 4];
}

/// A vector for any processor: an array.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 8]);

impl Vector for Portable {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Portable([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises as many numbers.
        Portable(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut numbers = [0.0; 8];
        for (i, number) in numbers.iter_mut().enumerate().take(count) {
            // SAFETY: the caller promises `count` numbers.
            *number = unsafe { *from.add(i) };
        }
        Portable(numbers)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises room for as many numbers.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        for (i, &number) in self.0.iter().enumerate().take(count) {
            // SAFETY: the caller promises room for `count` numbers.
            unsafe { *to.add(i) = number };
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Portable(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }

    #[inline(always)]
    unsafe fn sums([lower, upper]: [[Self; 4]; 2]) -> [f32; 4] {
        std::array::from_fn(|which| {
            let (lower, upper) = (lower[which].0, upper[which].0);
            let eight: [f32; 8] = std::array::from_fn(|i| lower[i] + upper[i]);
            let four: [f32; 4] = std::array::from_fn(|i| eight[2 * i] + eight[2 * i + 1]);
            (four[0] + four[1]) + (four[2] + four[3])
        })
    }
}
