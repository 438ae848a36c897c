//! The vectors of AVX2 and AVX-512.

use super::{Vector, VectorKernel};
use std::arch::x86_64::*;

/// # Safety
/// The processor has AVX-512 (F, VL, DQ and BW), AVX2 and FMA.
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
pub(super) unsafe fn avx512<K: VectorKernel>(kernel: K) -> K::Output {
    // SAFETY: this function is compiled for these instructions.
    unsafe { kernel.run::<__m512>() }
}

/// # Safety
/// The processor has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn avx2<K: VectorKernel>(kernel: K) -> K::Output {
    // SAFETY: this function is compiled for these instructions.
    unsafe { kernel.run::<__m256>() }
}

/// A mask of the first lanes.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    ((1u32 << count) - 1) as __mmask16
}

impl Vector for __m512 {
    const WIDTH: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller promises the instructions.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm512_maskz_loadu_ps(first(count), from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm512_mask_storeu_ps(to, first(count), self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, b: Self, c: Self) -> Self {
        // SAFETY: the caller promises the instructions.
        unsafe { _mm512_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    unsafe fn sums([all, _]: [[Self; 4]; 2]) -> [f32; 4] {
        // A loop, not a closure: intrinsics called in a closure would not be inlined.
        // SAFETY: the caller promises the instructions.
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

impl Vector for __m256 {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the caller promises the instructions.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        /// Eight lanes that are read and eight that are not. A mask starts `count` lanes before the border.
        const LANES: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: the caller promises the instructions and the numbers in memory.
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
        // SAFETY: the caller promises the instructions and the numbers in memory.
        unsafe { _mm256_storeu_ps(to, self) }
    }

    /// In pieces of four, two and one: masked stores take dozens of cycles on some processors.
    #[inline(always)]
    unsafe fn store_first(self, mut to: *mut f32, count: usize) {
        // SAFETY: the caller promises the instructions and the numbers in memory.
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
        // SAFETY: the caller promises the instructions.
        unsafe { _mm256_fmadd_ps(self, b, c) }
    }

    #[inline(always)]
    unsafe fn sums([lower, upper]: [[Self; 4]; 2]) -> [f32; 4] {
        // SAFETY: the caller promises the instructions.
        unsafe {
            let mut halves = [_mm256_setzero_ps(); 4];
            for i in 0..4 {
                halves[i] = _mm256_add_ps(lower[i], upper[i]);
            }
            sums_of_eight(halves)
        }
    }
}

/// The sums of each of four vectors: neighbours are added until one number is left.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn sums_of_eight(four: [__m256; 4]) -> [f32; 4] {
    let mut sums = [0.0; 4];
    // SAFETY: the caller promises the instructions; `sums` holds the four numbers that are stored.
    unsafe {
        let pairs = [_mm256_hadd_ps(four[0], four[1]), _mm256_hadd_ps(four[2], four[3])];
        let halves = _mm256_hadd_ps(pairs[0], pairs[1]);
        let (low, high) = (_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves));
        _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(low, high));
    }
    sums
}
