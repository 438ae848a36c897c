//! The gradient of the kernels: for each point of the tiles a product of what came in and what comes back, over all tiles.

use super::input::InputTransform;
use super::output::transform_gradient;
use super::weights::transform_back;
use super::{POINTS, Winograd};
use crate::gemm::gemm_serial;
use crate::{Matrix, Tensor};

/// The sums of some samples.
pub(in super::super) struct WeightSums<'a> {
    of: &'a Winograd,
    rows: usize,
    line: usize,
    transform: InputTransform,
    /// For each point `[channels, line]`.
    seen: Tensor,
    /// For each point `[rows, line]`.
    back: Tensor,
    /// `[16, rows, channels]`.
    sums: Tensor,
}

impl<'a> WeightSums<'a> {
    /// Nothing summed up yet, for kernels of so many output channels.
    pub fn new(of: &'a Winograd, rows: usize) -> Self {
        let line = of.line(of.down);
        WeightSums {
            of,
            rows,
            line,
            transform: InputTransform::new(of, of.down),
            // What lies between the last tile and the end of a line counts, as zeros.
            seen: Tensor::zeros([POINTS, Winograd::point(of.channels, line)]),
            back: Tensor::zeros([POINTS, Winograd::point(rows, line)]),
            sums: Tensor::zeros([POINTS, rows, of.channels]),
        }
    }

    /// Adds what a sample contributes: its planes, and the gradient of its output.
    pub fn add(&mut self, x: &[f32], gradient: &[f32]) {
        let WeightSums { of, rows, line, transform, seen, back, sums } = self;
        let (line, tiles) = (*line, of.tiles());
        transform.run(of, x, 0..of.down, line, seen.data_mut());
        transform_gradient(of, gradient, line, back.data_mut());
        let seen = seen.data().chunks_exact(Winograd::point(of.channels, line));
        let back = back.data().chunks_exact(Winograd::point(*rows, line));
        let sums = sums.data_mut().chunks_exact_mut(*rows * of.channels);
        for ((seen, back), sums) in seen.zip(back).zip(sums) {
            let seen = Matrix::with_stride(seen, of.channels, tiles, line);
            gemm_serial(Matrix::with_stride(back, *rows, tiles, line), seen.t(), 1.0, sums);
        }
    }

    /// Writes the sums as gradients of the kernels, `[rows, channels, 3, 3]`.
    pub fn write(&self, to: &mut [f32]) {
        let count = self.rows * self.of.channels;
        for (i, to) in to.chunks_exact_mut(9).enumerate() {
            let mut u = [0.0; POINTS];
            for (point, u) in u.iter_mut().enumerate() {
                *u = self.sums.data()[point * count + i];
            }
            to.copy_from_slice(&transform_back(&u));
        }
    }
}
