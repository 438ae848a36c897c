//! The gradient of a convolution's weight, `[M, K]`: the gradient of the output times im2col(x) transposed, summed over
//! samples.

use super::implicit_gemm::ImplicitGemm;
use crate::Tensor;
use crate::gemm::{DotAccumulators, DotTileKernel, for_each_dot_tile};
use crate::simd::{Vector, VectorKernel, dispatch_vectors};

/// The most samples that are summed at once, and the most numbers of them (512 KiB): few enough to stay in cache.
const SAMPLES: usize = 8;
const NUMBERS: usize = 128 * 1024;

/// One slice for each of the samples that are summed at once.
pub(super) type AtOnce<'a> = [&'a [f32]; SAMPLES];

/// Sums samples, several at once, with scratch for their padded copies.
pub(super) struct WeightGradient<'a> {
    gemm: &'a ImplicitGemm,
    m: usize,
    /// Samples at once.
    samples: usize,
    /// `[samples, padded input]`.
    inputs: Tensor,
    /// `[samples, M * padded N]`.
    gradients: Tensor,
}

impl<'a> WeightGradient<'a> {
    pub fn new(gemm: &'a ImplicitGemm, m: usize) -> Self {
        let (input, gradient) = (gemm.input.count(), m * gemm.padded_n());
        let samples = (NUMBERS / (input + gradient)).clamp(1, SAMPLES);
        let inputs = Tensor::uninit([samples, input]);
        let gradients = Tensor::uninit([samples, gradient]);
        WeightGradient { gemm, m, samples, inputs, gradients }
    }

    /// How many samples are summed at once.
    pub fn at_once(&self) -> usize {
        self.samples
    }

    /// Adds to `sums`, `[M, K]`, what samples contribute: their planes, and the gradients of their outputs.
    pub fn add<'b>(
        &mut self,
        mut of_samples: impl ExactSizeIterator<Item = (&'b [f32], &'b [f32])>,
        sums: &mut [f32],
    ) {
        let gradient = self.m * self.gemm.padded_n();
        while of_samples.len() > 0 {
            let (mut inputs, mut gradients): (AtOnce, AtOnce) = Default::default();
            let mut count = 0;
            let scratch = self.inputs.data_mut().chunks_exact_mut(self.gemm.input.count());
            let scratch = scratch.zip(self.gradients.data_mut().chunks_exact_mut(gradient));
            for ((input, padded), (x, gradient)) in
                scratch.take(self.samples).zip(of_samples.by_ref())
            {
                inputs[count] = self.gemm.pad_input(x, input);
                gradients[count] = self.gemm.pad_output(gradient, padded);
                count += 1;
            }
            let (inputs, gradients) = (&inputs[..count], &gradients[..count]);
            dispatch_vectors(Block { gemm: self.gemm, inputs, gradients, m: self.m, sums });
        }
    }
}

/// The sums of some samples.
struct Block<'a> {
    gemm: &'a ImplicitGemm,
    inputs: &'a [&'a [f32]],
    gradients: &'a [&'a [f32]],
    m: usize,
    sums: &'a mut [f32],
}

impl DotTileKernel for Block<'_> {
    #[inline(always)]
    unsafe fn tile<V: Vector, const R: usize, const S: usize>(&mut self, row: usize, k: usize) {
        let ImplicitGemm { k_offsets, n_offsets, .. } = self.gemm;
        let n = self.gemm.padded_n();
        // SAFETY: rows, k and vectors lie inside of the gradients and inputs, as the caller promises.
        unsafe {
            let mut dots = DotAccumulators::<V, R, S>::new();
            for (input, gradient) in self.inputs.iter().zip(self.gradients) {
                let (a, b) = (gradient.as_ptr().add(row * n), input.as_ptr());
                dots.add(
                    std::array::from_fn(|r| a.add(r * n)),
                    std::array::from_fn(|s| b.add(k_offsets[k + s] as usize)),
                    n_offsets.as_slice(),
                    n_offsets.len(),
                    0,
                );
            }
            for (r, sums) in dots.sums().into_iter().enumerate() {
                let at = (row + r) * k_offsets.len() + k;
                self.sums[at..at + S].iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
            }
        }
    }
}

impl VectorKernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(mut self) {
        let (input, gradient) = (self.gemm.reads(), self.m * self.gemm.padded_n());
        assert!(self.inputs.iter().all(|numbers| numbers.len() >= input));
        assert!(self.gradients.iter().all(|numbers| numbers.len() >= gradient));
        let (m, k) = (self.m, self.gemm.k_offsets.len());
        // SAFETY: the sizes have just been checked, and vectors stay inside of what the product reads.
        unsafe { for_each_dot_tile::<V, _>(&mut self, m, k) }
    }
}
