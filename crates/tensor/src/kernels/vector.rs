//! Sixteen numbers at once, in whatever registers there are.

/// Numbers in a [`Vector`], on every processor: sums over lanes come out the same everywhere.
pub(crate) const LANES: usize = 16;

/// Sixteen numbers.
///
/// # Safety
/// The methods may only run on a processor with the instructions, inside of [`dispatch`].
pub(crate) trait Vector: Copy {
    /// How many vectors side by side the registers hold eight rows of.
    const COLUMNS: usize;

    unsafe fn splat(value: f32) -> Self;
    /// Reads sixteen numbers.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads `count` numbers, at most sixteen; the other lanes are 0.
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller promises `count` numbers.
            *lane = unsafe { *from.add(i) };
        }
        // SAFETY: there are sixteen numbers.
        unsafe { Self::load(lanes.as_ptr()) }
    }
    /// Writes sixteen numbers.
    unsafe fn store(self, to: *mut f32);
    /// Writes the first `count` numbers, at most sixteen.
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        let mut lanes = [0.0; LANES];
        // SAFETY: there is room for sixteen numbers.
        unsafe { self.store(lanes.as_mut_ptr()) };
        for (i, &lane) in lanes.iter().enumerate().take(count) {
            // SAFETY: the caller promises room for `count` numbers.
            unsafe { *to.add(i) = lane };
        }
    }
    /// `self * b + c`, rounded once.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;

    /// The sums of the lanes of four vectors. Of each, the upper half is added to the lower one, and then neighbours are added
    /// until one is left.
    #[inline(always)]
    unsafe fn sums(four: [Self; 4]) -> [f32; 4] {
        four.map(|vector| {
            let mut lanes = [0.0; LANES];
            // SAFETY: there is room for sixteen numbers.
            unsafe { vector.store(lanes.as_mut_ptr()) };
            let eight: [f32; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
            let four: [f32; 4] = std::array::from_fn(|i| eight[2 * i] + eight[2 * i + 1]);
            (four[0] + four[1]) + (four[2] + four[3])
        })
    }
}

/// Work that is compiled once for each kind of vector.
pub(crate) trait VectorKernel {
    type Output;

    /// The work. Must be `#[inline(always)]`, and so must what it calls in its loops.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    unsafe fn run<V: Vector>(self) -> Self::Output;
}

/// Runs a kernel with the widest vectors that the processor has. All give the same bits.
#[inline]
pub(crate) fn dispatch<K: VectorKernel>(kernel: K) -> K::Output {
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

/// Vectors for any processor.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; LANES]);

impl Vector for Plain {
    const COLUMNS: usize = 1;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Plain([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises sixteen numbers.
        Plain(unsafe { from.cast::<[f32; LANES]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises room for sixteen numbers.
        unsafe { to.cast::<[f32; LANES]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        Plain(std::array::from_fn(|i| self.0[i].mul_add(b.0[i], c.0[i])))
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86 {
    use super::{Vector, VectorKernel};
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn avx512<K: VectorKernel>(kernel: K) -> K::Output {
        // SAFETY: this function is compiled for these instructions.
        unsafe { kernel.run::<__m512>() }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(crate) unsafe fn avx2<K: VectorKernel>(kernel: K) -> K::Output {
        // SAFETY: this function is compiled for these instructions.
        unsafe { kernel.run::<[__m256; 2]>() }
    }

    /// A mask of the first lanes.
    #[inline(always)]
    fn first(count: usize) -> __mmask16 {
        ((1u32 << count) - 1) as __mmask16
    }

    // SAFETY, throughout: the trait's caller promises the instructions and the room.
    impl Vector for __m512 {
        const COLUMNS: usize = 2;

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
        unsafe fn sums(four: [Self; 4]) -> [f32; 4] {
            // A loop, not a closure: what is called inside of a closure would not be inlined.
            unsafe {
                let mut halves = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    let upper = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(four[i]));
                    let lower = _mm512_castps512_ps256(four[i]);
                    halves[i] = _mm256_add_ps(lower, _mm256_castpd_ps(upper));
                }
                sums_of_eight(halves)
            }
        }
    }

    impl Vector for [__m256; 2] {
        const COLUMNS: usize = 1;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { [_mm256_set1_ps(value); 2] }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe {
                _mm256_storeu_ps(to, self[0]);
                _mm256_storeu_ps(to.add(8), self[1]);
            }
        }

        #[inline(always)]
        unsafe fn mul_add(self, b: Self, c: Self) -> Self {
            unsafe { [_mm256_fmadd_ps(self[0], b[0], c[0]), _mm256_fmadd_ps(self[1], b[1], c[1])] }
        }

        #[inline(always)]
        unsafe fn sums(four: [Self; 4]) -> [f32; 4] {
            unsafe {
                let mut halves = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    halves[i] = _mm256_add_ps(four[i][0], four[i][1]);
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
