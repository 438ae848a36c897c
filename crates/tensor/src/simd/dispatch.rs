//! Running a loop in the widest instruction set that the processor has.

/// A loop over slices, compiled once for each instruction set.
///
/// `run` must be `#[inline(always)]`, and so must all that it calls on each number: only what is inlined into the loop is
/// compiled for the instruction set.
pub trait Kernel {
    /// What the loop returns.
    type Output;
    /// The loop.
    fn run(self) -> Self::Output;
}

/// The instruction sets that loops are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// What every processor of the target has.
    Plain,
    /// AVX2 with fused multiply-adds.
    Avx2,
    /// AVX-512: F, VL, DQ and BW.
    Avx512,
}

impl Instructions {
    /// All of them, the widest first.
    pub const ALL: [Instructions; 3] =
        [Instructions::Avx512, Instructions::Avx2, Instructions::Plain];

    /// Whether this processor has them.
    #[inline]
    pub fn are_here(self) -> bool {
        match self {
            Instructions::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && Instructions::Avx2.are_here()
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }
}

/// Runs a kernel in the widest instruction set that the processor has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if Instructions::Avx512.are_here() {
            // SAFETY: the processor has just been asked for these features.
            return unsafe { avx512(kernel) };
        }
        if Instructions::Avx2.are_here() {
            // SAFETY: the processor has just been asked for these features.
            return unsafe { avx2(kernel) };
        }
    }
    kernel.run()
}

/// Runs a kernel in one instruction set, to compare it with another; none if the processor does not have it.
pub fn dispatch_on<K: Kernel>(instructions: Instructions, kernel: K) -> Option<K::Output> {
    if !instructions.are_here() {
        return None;
    }
    Some(match instructions {
        // SAFETY: the processor has just been asked for these features.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx512 => unsafe { avx512(kernel) },
        // SAFETY: the processor has just been asked for these features.
        #[cfg(target_arch = "x86_64")]
        Instructions::Avx2 => unsafe { avx2(kernel) },
        _ => kernel.run(),
    })
}

/// # Safety
/// The processor must have the features named.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
unsafe fn avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// # Safety
/// The processor must have the features named.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

struct Map<'a, F>(&'a [f32], &'a mut [f32], F);

impl<F: Fn(f32) -> f32> Kernel for Map<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.1.iter_mut().zip(self.0) {
            *y = (self.2)(x);
        }
    }
}

struct MapInPlace<'a, F>(&'a mut [f32], F);

impl<F: Fn(f32) -> f32> Kernel for MapInPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.0 {
            *x = (self.1)(*x);
        }
    }
}

struct Map2<'a, F>(&'a [f32], &'a [f32], &'a mut [f32], F);

impl<F: Fn(f32, f32) -> f32> Kernel for Map2<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((y, &a), &b) in self.2.iter_mut().zip(self.0).zip(self.1) {
            *y = (self.3)(a, b);
        }
    }
}

struct Map2InPlace<'a, F>(&'a mut [f32], &'a [f32], F);

impl<F: Fn(f32, f32) -> f32> Kernel for Map2InPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (a, &b) in self.0.iter_mut().zip(self.1) {
            *a = (self.2)(*a, b);
        }
    }
}

/// `to[i] = f(from[i])`, on this thread.
#[inline]
pub fn map(from: &[f32], to: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(Map(from, to, f));
}

/// `x[i] = f(x[i])`, on this thread.
#[inline]
pub fn map_in_place(x: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(MapInPlace(x, f));
}

/// `to[i] = f(a[i], b[i])`, on this thread.
#[inline]
pub fn map2(a: &[f32], b: &[f32], to: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2(a, b, to, f));
}

/// `a[i] = f(a[i], b[i])`, on this thread.
#[inline]
pub fn map2_in_place(a: &mut [f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2InPlace(a, b, f));
}
