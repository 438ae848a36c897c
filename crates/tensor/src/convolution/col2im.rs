//! The gradient of the input for strides above 1: the product of weights and gradient in columns, added up by col2im.

use super::ConvGeometry;
use crate::gemm::product_of_transposed;
use crate::{Matrix, Tensor};
use std::ops::Range;

/// Adds columns, `[K, N]`, back to the pixels that they were read from.
#[derive(Clone, Debug)]
pub(super) struct Col2im {
    geometry: ConvGeometry,
    output: [usize; 2],
}

impl Col2im {
    pub fn new(geometry: &ConvGeometry, output: [usize; 2]) -> Self {
        Col2im { geometry: *geometry, output }
    }

    /// The gradient of a group's planes from its gradient `[M, N]` and its weights `[M, K]`: these rows of the weight
    /// of all groups.
    pub fn run(&self, weight: &Tensor, rows: Range<usize>, gradient: Matrix, grad_x: &mut [f32]) {
        let k = weight.shape().tail(1).count();
        let mut columns = Tensor::uninit([k, gradient.columns()]);
        product_of_transposed(weight, rows, gradient, columns.data_mut());
        grad_x.fill(0.0);
        self.add(columns.data(), grad_x);
    }

    /// Adds columns, a row for each channel and point of the kernel, to the pixels of `x`.
    fn add(&self, columns: &[f32], x: &mut [f32]) {
        let ConvGeometry { input: [height, width], stride, padding_before, .. } = self.geometry;
        let [out_height, out_width] = self.output;
        let mut rows = columns.chunks_exact(out_height * out_width);
        for plane in x.chunks_exact_mut(height * width) {
            for [down, across] in self.geometry.points() {
                let Some(row) = rows.next() else { break };
                let inside = self.columns_inside(across);
                for (y, line) in row.chunks_exact(out_width).enumerate() {
                    let to = (y * stride[0] + down).checked_sub(padding_before[0]);
                    let Some(to) = to.filter(|&to| to < height && !inside.is_empty()) else {
                        continue;
                    };
                    let start = inside.start * stride[1] + across - padding_before[1];
                    let to = plane[to * width..][..width][start..].iter_mut().step_by(stride[1]);
                    to.zip(&line[inside.clone()]).for_each(|(to, x)| *to += x);
                }
            }
        }
    }

    /// The output columns for which a kernel point lies inside of the input.
    fn columns_inside(&self, across: usize) -> Range<usize> {
        let ConvGeometry { input, stride, padding_before, .. } = self.geometry;
        let (step, before) = (stride[1], padding_before[1]);
        let start = before.saturating_sub(across).div_ceil(step).min(self.output[1]);
        let end = (input[1] + before).saturating_sub(across).div_ceil(step);
        start..end.clamp(start, self.output[1])
    }
}
