//! The gradient of the kernels: for each point of the tiles, the product of transformed gradient and transformed input,
//! over all tiles.

use super::input::InputTransform;
use super::output::transform_gradient;
use super::weights::transform_back;
use super::{POINTS, Winograd};
use crate::gemm::product_serial;
use crate::{Matrix, Tensor};

/// The sums of some samples.
pub(in super::super) struct WeightSums<'a> {
    of: &'a Winograd,
    rows: usize,
    line: usize,
    transform: InputTransform,
    /// The transformed input: for each point `[channels, line]`.
    input: Tensor,
    /// The transformed gradient: for each point `[rows, line]`.
    gradients: Tensor,
    /// `[16, rows, channels]`.
    sums: Tensor,
}

impl<'a> WeightSums<'a> {
    /// Sums of zero, for kernels of so many output channels.
    pub fn new(of: &'a Winograd, rows: usize) -> Self {
        let line = of.line(of.down);
        WeightSums {
            of,
            rows,
            line,
            transform: InputTransform::new(of, of.down),
            // Zeros, since what is between the last tile and the end of a line is summed too.
            input: Tensor::zeros([POINTS, Winograd::point(of.channels, line)]),
            gradients: Tensor::zeros([POINTS, Winograd::point(rows, line)]),
            sums: Tensor::zeros([POINTS, rows, of.channels]),
        }
    }

    /// Adds what a sample contributes: its planes, and the gradient of its output.
    pub fn add(&mut self, x: &[f32], gradient: &[f32]) {
        let WeightSums { of, rows, line, transform, input, gradients, sums } = self;
        let (line, tiles) = (*line, of.tiles());
        transform.run(of, x, 0..of.down, line, input.data_mut());
        transform_gradient(of, gradient, line, gradients.data_mut());
        let input = input.data().chunks_exact(Winograd::point(of.channels, line));
        let gradients = gradients.data().chunks_exact(Winograd::point(*rows, line));
        let sums = sums.data_mut().chunks_exact_mut(*rows * of.channels);
        for ((input, gradients), sums) in input.zip(gradients).zip(sums) {
            let input = Matrix::view_with_stride(input, of.channels, tiles, line);
            product_serial(
                Matrix::view_with_stride(gradients, *rows, tiles, line),
                input.t(),
                1.0,
                sums,
            );
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
