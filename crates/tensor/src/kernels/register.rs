//! Numbers in whatever registers there are.

/// Numbers that sums over many are split into on every processor, so that they come out the same everywhere.
pub(crate) const LANES: usize = 16;

/// A register of 8 or 16 numbers.
///
/// # Safety
/// The methods may only run on a processor with the instructions, inside of [`dispatch`].
pub(crate) trait Register: Copy {
    /// How many numbers: [`LANES`] or half as many.
    const WIDTH: usize;

    unsafe fn splat(value: f32) -> Self;
    /// Reads a register full of numbers.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads the first `count` numbers, at most [`Register::WIDTH`]; the others are 0.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes all numbers.
    unsafe fn store(self, to: *mut f32);
    /// Writes the first `count` numbers, at most [`Register::WIDTH`].
    unsafe fn store_first(self, to: *mut f32, count: usize);
    /// `self * b + c`, rounded once.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;

    /// The sums of four times [`LANES`] numbers, in one register each or in two. The upper eight are added to the lower ones,
    /// and then neighbours until one is left.
    unsafe fn sums(parts: [[Self; 4]; 2]) -> [f32; 4];
}

/// Work that is compiled once for each kind of register.
pub(crate) trait RegisterKernel {
    type Output;

    /// The work. Must be `#[inline(always)]`, and so must what it calls in its loops.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    unsafe fn run<V: Register>(self) -> Self::Output;
}

/// Runs a kernel with the widest registers that the processor has. All give the same bits.
#[inline]
pub(crate) fn dispatch<K: RegisterKernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has just been asked.
            return unsafe { x86::avx512(kernel) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has just been asked.
            return unsafe { x86::avx2(kernel) };
        }
    }
    // SAFETY: plain numbers need no instructions of their own.
    unsafe { kernel.run::<Plain>() }
}

/// Columns of a full tile of an outer product: two registers.
pub(crate) fn tile_columns() -> usize {
    struct Width;
    impl RegisterKernel for Width {
        type Output = usize;
        #[inline(always)]
        unsafe fn run<V: Register>(self) -> usize {
            2 * V::WIDTH
        }
    }
    dispatch(Width)
}

/// Registers for any processor.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; 8]);

impl Register for Plain {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Plain([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises as many numbers.
        Plain(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut numbers = [0.0; 8];
        for (i, number) in numbers.iter_mut().enumerate().take(count) {
            // SAFETY: the caller promises `count` numbers.
            *number = unsafe { *from.add(i) };
        }
        Plain(numbers)
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
        Plain(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
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

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use super::{Register, RegisterKernel};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512<K: RegisterKernel>(kernel: K) -> K::Output {
        // SAFETY: this function is compiled for these instructions.
        unsafe { kernel.run::<__m512>() }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(crate) unsafe fn avx2<K: RegisterKernel>(kernel: K) -> K::Output {
        // SAFETY: this function is compiled for these instructions.
        unsafe { kernel.run::<__m256>() }
    }

    /// A mask of the first numbers.
    #[inline(always)]
    fn first(count: usize) -> __mmask16 {
        ((1u32 << count) - 1) as __mmask16
    }

    // SAFETY, throughout: the trait's caller promises the instructions and the room.
    impl Register for __m512 {
        const WIDTH: usize = 16;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm512_set1_ps(value) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn load_first(from: *const f32, count: usize) -> Self {
            unsafe { _mm512_maskz_loadu_ps(first(count), from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self) }
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f32, count: usize) {
            unsafe { _mm512_mask_storeu_ps(to, first(count), self) }
        }

        #[inline(always)]
        unsafe fn mul_add(self, b: Self, c: Self) -> Self {
            unsafe { _mm512_fmadd_ps(self, b, c) }
        }

        #[inline(always)]
        unsafe fn sums([all, _]: [[Self; 4]; 2]) -> [f32; 4] {
            // A loop, not a closure: what is called inside of a closure would not be inlined.
            unsafe {
                let mut halves = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    let upper = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(all[i]));
                    let lower = _mm512_castps512_ps256(all[i]);
                    halves[i] = _mm256_add_ps(lower, _mm256_castpd_ps(upper));
                }
                sums_of_eight(halves)
            }
        }
    }

    impl Register for __m256 {
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm256_set1_ps(value) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn load_first(from: *const f32, count: usize) -> Self {
            /// Eight lanes that are read and eight that are not: a mask begins `count` before their border.
            const LANES: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
            unsafe {
                if count >= Self::WIDTH {
                    return Self::load(from);
                }
                let mask = _mm256_loadu_si256(LANES.as_ptr().add(8 - count).cast());
                _mm256_maskload_ps(from, mask)
            }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm256_storeu_ps(to, self) }
        }

        /// In pieces of four, two and one: masked stores take dozens of cycles on some processors.
        #[inline(always)]
        unsafe fn store_first(self, mut to: *mut f32, count: usize) {
            unsafe {
                if count >= Self::WIDTH {
                    return self.store(to);
                }
                let mut four = _mm256_castps256_ps128(self);
                if count & 4 != 0 {
                    _mm_storeu_ps(to, four);
                    four = _mm256_extractf128_ps::<1>(self);
                    to = to.add(4);
                }
                if count & 2 != 0 {
                    _mm_storel_pd(to.cast(), _mm_castps_pd(four));
                    four = _mm_movehl_ps(four, four);
                    to = to.add(2);
                }
                if count & 1 != 0 {
                    _mm_store_ss(to, four);
                }
            }
        }

        #[inline(always)]
        unsafe fn mul_add(self, b: Self, c: Self) -> Self {
            unsafe { _mm256_fmadd_ps(self, b, c) }
        }

        #[inline(always)]
        unsafe fn sums([lower, upper]: [[Self; 4]; 2]) -> [f32; 4] {
            unsafe {
                let mut halves = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    halves[i] = _mm256_add_ps(lower[i], upper[i]);
                }
                sums_of_eight(halves)
            }
        }
    }

    #[inline(always)]
    unsafe fn sums_of_eight(four: [__m256; 4]) -> [f32; 4] {
        let mut sums = [0.0; 4];
        unsafe {
            let pairs = [_mm256_hadd_ps(four[0], four[1]), _mm256_hadd_ps(four[2], four[3])];
            let halves = _mm256_hadd_ps(pairs[0], pairs[1]);
            let (low, high) = (_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
            _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(low, high));
        }
        sums
    }
}
