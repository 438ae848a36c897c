//! G g G^T: the transform of the kernels, and of their gradient.

use super::POINTS;
use crate::gemm::pack_a;
use crate::threads::for_pieces;
use crate::{Matrix, Tensor};

/// Numbers of a kernel.
const KERNEL: usize = 9;

/// Transformed and packed kernels: for each of the 16 points a matrix `[rows, channels]` in tiles of rows.
pub(in super::super) struct Transformed {
    packed: Tensor,
    rows: usize,
    channels: usize,
}

impl Transformed {
    /// From kernels `[rows, channels, 3, 3]`, stored in any precision. Transformed, they are in f32.
    pub fn new(kernels: &Tensor, rows: usize, channels: usize) -> Self {
        let kernel = reader(kernels);
        Self::of(rows, channels, |row, channel| kernel(row * channels + channel))
    }

    /// The kernels of the input's gradient: those of `[channels, rows, 3, 3]` with channels and rows exchanged, and
    /// flipped.
    pub fn flipped(kernels: &Tensor, rows: usize, channels: usize) -> Self {
        let kernel = reader(kernels);
        Self::of(rows, channels, |row, channel| {
            let mut kernel = kernel(channel * rows + row);
            kernel.reverse();
            kernel
        })
    }

    fn of(
        rows: usize,
        channels: usize,
        kernel: impl Fn(usize, usize) -> [f32; KERNEL] + Sync,
    ) -> Self {
        let point = rows * channels;
        // Row after row, all its points. Then each point's matrix is packed.
        let mut transformed = Tensor::uninit([rows, POINTS, channels]);
        for_pieces(transformed.data_mut(), 8 * POINTS * channels, |piece, to| {
            for (i, to) in to.chunks_exact_mut(POINTS * channels).enumerate() {
                for channel in 0..channels {
                    let u = transform(&kernel(8 * piece + i, channel));
                    for (point, u) in u.into_iter().enumerate() {
                        to[point * channels + channel] = u;
                    }
                }
            }
        });
        let mut packed = Tensor::uninit([POINTS, point]);
        for_pieces(packed.data_mut(), point, |i, to| {
            let from = &transformed.data()[i * channels..];
            pack_a(Matrix::view_with_stride(from, rows, channels, POINTS * channels), to);
        });
        Transformed { packed, rows, channels }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The matrix of a point, packed.
    pub fn point(&self, point: usize) -> &[f32] {
        let size = self.rows * self.channels;
        &self.packed.data()[point * size..][..size]
    }
}

/// Reads the kernel with this number; one in half precision is widened by itself.
fn reader(kernels: &Tensor) -> impl Fn(usize) -> [f32; KERNEL] + Sync + '_ {
    let halves = kernels.halves();
    let wide = if halves.is_some() { &[] } else { kernels.data() };
    move |number| {
        let at = number * KERNEL..(number + 1) * KERNEL;
        let mut kernel = [0.0; KERNEL];
        match halves {
            Some(halves) => halves.widen(at, &mut kernel),
            None => kernel.copy_from_slice(&wide[at]),
        }
        kernel
    }
}

/// G g G^T, with G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].
#[inline]
fn transform(g: &[f32; KERNEL]) -> [f32; POINTS] {
    let mut rows = [[0.0; 3]; 4];
    for c in 0..3 {
        let (a, b, d) = (g[c], g[3 + c], g[6 + c]);
        rows[0][c] = a;
        rows[1][c] = 0.5 * (a + d + b);
        rows[2][c] = 0.5 * (a + d - b);
        rows[3][c] = d;
    }
    let mut u = [0.0; POINTS];
    for (u, [a, b, d]) in u.chunks_exact_mut(4).zip(rows) {
        u[0] = a;
        u[1] = 0.5 * (a + d + b);
        u[2] = 0.5 * (a + d - b);
        u[3] = d;
    }
    u
}

/// G^T u G: the gradient of a kernel from that of its transform.
pub(super) fn transform_back(u: &[f32; POINTS]) -> [f32; KERNEL] {
    let mut rows = [[0.0; 4]; 3];
    for c in 0..4 {
        let (sum, difference) = (0.5 * (u[4 + c] + u[8 + c]), 0.5 * (u[4 + c] - u[8 + c]));
        rows[0][c] = u[c] + sum;
        rows[1][c] = difference;
        rows[2][c] = u[12 + c] + sum;
    }
    let mut g = [0.0; KERNEL];
    for (g, r) in g.chunks_exact_mut(3).zip(rows) {
        let (sum, difference) = (0.5 * (r[1] + r[2]), 0.5 * (r[1] - r[2]));
        g[0] = r[0] + sum;
        g[1] = difference;
        g[2] = r[3] + sum;
    }
    g
}
