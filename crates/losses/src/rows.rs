//! Sums over the numbers of a row, for losses of whole rows.

use relume_tensor::simd::{Kernel, dispatch};

const LANES: usize = 16;

struct Sum<'a, F, const N: usize>([&'a [f32]; N], F);

impl<F: Fn([f32; N]) -> f32, const N: usize> Kernel for Sum<'_, F, N> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let Sum(rows, term) = self;
        let count = rows[0].len();
        let mut lanes = [0.0f32; LANES];
        let at = |i: usize| {
            let mut x = [0.0; N];
            for (x, row) in x.iter_mut().zip(rows) {
                *x = row[i];
            }
            x
        };
        let whole = count / LANES * LANES;
        for start in (0..whole).step_by(LANES) {
            for (lane, sum) in lanes.iter_mut().enumerate() {
                *sum += term(at(start + lane));
            }
        }
        for i in whole..count {
            lanes[i - whole] += term(at(i));
        }
        // Lanes without a term are 0 and change nothing.
        lanes[..count.min(LANES)].iter().fold(0.0, |sum, lane| sum + lane)
    }
}

/// The sum of a term over the positions of several rows of one length; in the same order on every machine.
pub(crate) fn sum<const N: usize>(rows: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f32 {
    dispatch(Sum(rows, term))
}

/// [`sum`] inside of a kernel, which runs in an instruction set already.
#[inline(always)]
pub(crate) fn sum_inside<const N: usize>(rows: [&[f32]; N], term: impl Fn([f32; N]) -> f32) -> f32 {
    Sum(rows, term).run()
}

/// A row of `width` numbers of several tensors.
pub(crate) fn rows<const N: usize>(tensors: [&[f32]; N], width: usize, row: usize) -> [&[f32]; N] {
    tensors.map(|numbers| &numbers[row * width..][..width])
}
