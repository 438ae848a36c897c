//! Running a loop in the widest instruction set that the processor has, detected at run time.

use super::vector::{Portable, Vector};
#[cfg(target_arch = "x86_64")]
use super::x86;
use std::sync::OnceLock;

/// A loop over slices, compiled once for each instruction set and vectorised by the compiler.
///
/// `run` must be `#[inline(always)]`, and so must all that it calls in its loops: only what is inlined is compiled for
/// the instruction set.
pub trait Kernel {
    /// What the loop returns.
    type Output;
    /// The loop.
    fn run(self) -> Self::Output;
}

/// A loop written over SIMD vectors, compiled once for each kind of them.
pub(crate) trait VectorKernel {
    type Output;

    /// The loop. Must be `#[inline(always)]`, and so must what it calls in its loops.
    ///
    /// # Safety
    /// The processor has the instructions of `V`.
    unsafe fn run<V: Vector>(self) -> Self::Output;
}

/// A [`Kernel`] as a [`VectorKernel`] that leaves the vectors to the compiler.
struct AutoVectorized<K>(K);

impl<K: Kernel> VectorKernel for AutoVectorized<K> {
    type Output = K::Output;

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> K::Output {
        self.0.run()
    }
}

/// The instruction sets that loops are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// What every processor of the target has.
    Portable,
    /// AVX2 with fused multiply-adds.
    Avx2,
    /// AVX-512: F, VL, DQ and BW.
    Avx512,
}

impl InstructionSet {
    /// All of them, the widest first.
    pub const ALL: [InstructionSet; 3] =
        [InstructionSet::Avx512, InstructionSet::Avx2, InstructionSet::Portable];

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            InstructionSet::Portable => true,
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => {
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
            }
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && InstructionSet::Avx2.is_available()
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The widest that this processor has.
    #[inline]
    pub fn widest() -> Self {
        static WIDEST: OnceLock<InstructionSet> = OnceLock::new();
        *WIDEST.get_or_init(|| {
            let available = |set: &InstructionSet| set.is_available();
            Self::ALL.into_iter().find(available).unwrap_or(InstructionSet::Portable)
        })
    }
}

/// Runs a kernel in the widest instruction set that the processor has.
#[inline]
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    dispatch_vectors(AutoVectorized(kernel))
}

/// Runs a kernel in one instruction set, to compare it with another. `None` if the processor does not have it.
pub fn dispatch_on<K: Kernel>(set: InstructionSet, kernel: K) -> Option<K::Output> {
    // SAFETY: the processor has the instruction set.
    set.is_available().then(|| unsafe { run_on(set, AutoVectorized(kernel)) })
}

/// Runs a kernel with the widest vectors that the processor has. All give the same bits.
#[inline]
pub(crate) fn dispatch_vectors<K: VectorKernel>(kernel: K) -> K::Output {
    // SAFETY: the processor has its widest instruction set.
    unsafe { run_on(InstructionSet::widest(), kernel) }
}

/// # Safety
/// The processor has the instruction set.
#[inline]
unsafe fn run_on<K: VectorKernel>(set: InstructionSet, kernel: K) -> K::Output {
    // SAFETY: promised by the caller; portable vectors need no instructions of their own.
    unsafe {
        match set {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => x86::avx512(kernel),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => x86::avx2(kernel),
            _ => kernel.run::<Portable>(),
        }
    }
}
