//! The gradient of a convolution's weight: for each output channel and each term, a sum over all places of all samples.

use super::walk::Walk;
use crate::Tensor;
use crate::kernels::{DotTiles, Dots, Register, RegisterKernel, dispatch, for_dots};

/// Samples that are summed up at once, at most, and as many numbers of them (512 KiB): few enough to stay in cache.
const SAMPLES: usize = 8;
const NUMBERS: usize = 128 * 1024;

/// One slice for each of the samples that are summed up at once.
pub(super) type AtOnce<'a> = [&'a [f32]; SAMPLES];

/// Room for the samples that are summed up at once.
pub(super) struct WeightGradient<'a> {
    walk: &'a Walk,
    rows: usize,
    /// Numbers of a sample's field and of its gradient's lines.
    field: usize,
    lines: usize,
    /// Samples at once.
    samples: usize,
    fields: Tensor,
    spread: Tensor,
}

impl<'a> WeightGradient<'a> {
    pub fn new(walk: &'a Walk, rows: usize) -> Self {
        let (field, lines) = (walk.field.count(), rows * walk.line());
        let samples = (NUMBERS / (field + lines)).clamp(1, SAMPLES);
        let fields = Tensor::uninit([samples, field]);
        let spread = Tensor::uninit([samples, lines]);
        WeightGradient { walk, rows, field, lines, samples, fields, spread }
    }

    /// How many samples are summed up at once.
    pub fn at_once(&self) -> usize {
        self.samples
    }

    /// Adds to `sums`, `[rows, terms]`, what samples contribute: their planes, and the gradients of their outputs.
    pub fn add<'b>(
        &mut self,
        mut of_samples: impl ExactSizeIterator<Item = (&'b [f32], &'b [f32])>,
        sums: &mut [f32],
    ) {
        while of_samples.len() > 0 {
            let (mut fields, mut lines): (AtOnce, AtOnce) = Default::default();
            let mut count = 0;
            let room = self.fields.data_mut().chunks_exact_mut(self.field);
            let room = room.zip(self.spread.data_mut().chunks_exact_mut(self.lines));
            for ((field, spread), (x, gradient)) in room.take(self.samples).zip(of_samples.by_ref())
            {
                fields[count] = self.walk.lay_out(x, field);
                lines[count] = self.walk.spread(gradient, spread);
                count += 1;
            }
            let (fields, lines) = (&fields[..count], &lines[..count]);
            dispatch(Block { walk: self.walk, fields, lines, rows: self.rows, sums });
        }
    }
}

/// The sums of some samples.
struct Block<'a> {
    walk: &'a Walk,
    fields: &'a [&'a [f32]],
    lines: &'a [&'a [f32]],
    rows: usize,
    sums: &'a mut [f32],
}

impl DotTiles for Block<'_> {
    #[inline(always)]
    unsafe fn tile<V: Register, const R: usize, const S: usize>(
        &mut self,
        row: usize,
        term: usize,
    ) {
        let Walk { terms, vectors, .. } = self.walk;
        let line = self.walk.line();
        // SAFETY: rows, terms and vectors lie inside of the fields and lines, by the caller's promise.
        unsafe {
            let mut dots = Dots::<V, R, S>::new();
            for (field, lines) in self.fields.iter().zip(self.lines) {
                let (a, b) = (lines.as_ptr().add(row * line), field.as_ptr());
                dots.add(
                    std::array::from_fn(|r| a.add(r * line)),
                    std::array::from_fn(|s| b.add(terms[term + s] as usize)),
                    vectors.as_slice(),
                    vectors.len(),
                    0,
                );
            }
            for (r, sums) in dots.sums().into_iter().enumerate() {
                let at = (row + r) * terms.len() + term;
                self.sums[at..at + S].iter_mut().zip(sums).for_each(|(to, sum)| *to += sum);
            }
        }
    }
}

impl RegisterKernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Register>(mut self) {
        let (field, lines) = (self.walk.reads(), self.rows * self.walk.line());
        assert!(self.fields.iter().all(|numbers| numbers.len() >= field));
        assert!(self.lines.iter().all(|numbers| numbers.len() >= lines));
        let (rows, terms) = (self.rows, self.walk.terms.len());
        // SAFETY: the sizes have just been checked, and vectors stay inside of what a walk reads.
        unsafe { for_dots::<V, _>(&mut self, rows, terms) }
    }
}
