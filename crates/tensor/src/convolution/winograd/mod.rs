//! Convolutions with kernels of 3 x 3 in fewer multiplications: F(2 x 2, 3 x 3) of Lavin and Gray, "Fast Algorithms for
//! Convolutional Neural Networks" (2016), after Winograd.
//!
//! A tile of 4 x 4 numbers is transformed, V = B^T d B, and so is each kernel, U = G g G^T. A tile of 2 x 2 outputs is
//! then A^T (sum over channels of U * V) A, which takes 16 multiplications for each kernel where the definition takes
//! 36. The sums over channels are 16 products of matrices, for a strip of tiles at a time.

mod gradient;
mod input;
mod output;
mod product;
mod weights;

pub(super) use gradient::WeightSums;
pub(super) use weights::Transformed;

use crate::Tensor;
use crate::simd::LANES;
use input::InputTransform;
use output::OutputTransform;
use product::multiply;

/// Points of a transformed tile.
const POINTS: usize = 16;
/// Tiles that are transformed side by side.
const CHUNK: usize = 8;
/// Tiles of a strip, at least, where there are as many.
const STRIP: usize = 32;

/// The tiles of a convolution.
#[derive(Clone, Debug)]
pub(super) struct Winograd {
    /// Channels of the input.
    channels: usize,
    /// Height and width of the input.
    source: [usize; 2],
    /// Rows of padding above and columns of padding to the left. Negative if the first rows or columns are not read.
    before: [isize; 2],
    /// Height and width of the output.
    output: [usize; 2],
    /// Tiles of a row.
    across: usize,
    /// Rows of tiles.
    down: usize,
}

impl Winograd {
    /// The tiles of a convolution of `channels` planes with kernels of 3 x 3 and a stride of 1.
    pub fn new(
        channels: usize,
        source: [usize; 2],
        before: [isize; 2],
        output: [usize; 2],
    ) -> Self {
        let [down, across] = output.map(|size| size.div_ceil(2));
        Winograd { channels, source, before, output, across, down }
    }

    /// Whether it is faster than the implicit GEMM. For each tile the products save 1.25 times channels times rows
    /// multiplications, and the transforms cost a multiple of channels plus rows. With 32 and 64 channels both took the
    /// same time; with 64 and 128 a training step went from 211 to 145 ms.
    pub fn is_faster(&self, rows: usize) -> bool {
        const BREAK_EVEN: usize = 24;
        let enough = self.channels * rows >= BREAK_EVEN * (self.channels + rows);
        enough && self.across >= CHUNK / 2 && self.down >= 2
    }

    /// How many tiles there are.
    pub fn tiles(&self) -> usize {
        self.down * self.across
    }

    /// Rows of tiles in a strip.
    fn rows_of_strip(&self, tiles: usize) -> usize {
        (tiles / self.across).clamp(1, self.down)
    }

    /// Numbers of a line of `rows` rows of tiles, with room for a chunk that starts before the end of the last row.
    fn line(&self, rows: usize) -> usize {
        let last = self.across.next_multiple_of(CHUNK);
        ((rows - 1) * self.across + last).next_multiple_of(2 * LANES)
    }

    /// Numbers from one point of the tiles to the next where each has `rows` lines: a cache line more than those. All
    /// points of a tile are read together, and at a power of two they would evict one another from the cache.
    fn point(rows: usize, line: usize) -> usize {
        rows * line + LANES
    }

    /// `out[r] = bias[r] + kernels[r] * x` for all output pixels of a sample. `out` is `[rows, output pixels]`.
    pub fn run(&self, x: &[f32], kernels: &Transformed, bias: Option<&[f32]>, out: &mut [f32]) {
        let strip = self.rows_of_strip(STRIP);
        let line = self.line(strip);
        let rows = kernels.rows();
        let mut v = Tensor::zeros([POINTS, Self::point(self.channels, line)]);
        let mut sums = Tensor::uninit([POINTS, Self::point(rows, line)]);
        let mut transform = InputTransform::new(self, strip);
        for start in (0..self.down).step_by(strip) {
            let tiles = start..(start + strip).min(self.down);
            transform.run(self, x, tiles.clone(), line, v.data_mut());
            multiply(kernels, v.data(), self.channels, line, sums.data_mut());
            OutputTransform { of: self, sums: sums.data(), line, tiles, bias }.run(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{ConvGeometry, Convolution, ConvolutionOutput, Rng, Tensor};

    fn geometry(input: [usize; 2], padding: usize) -> ConvGeometry {
        ConvGeometry {
            channels: 50,
            input,
            out_channels: 52,
            kernel: [3, 3],
            stride: [1, 1],
            padding_before: [padding; 2],
            padding_after: [padding, 1],
            dilation: [1, 1],
            groups: 1,
        }
    }

    /// The output by definition, in double precision, and the gradients of its product with `gradient`.
    fn definition(
        geometry: &ConvGeometry,
        x: &Tensor,
        weight: &Tensor,
        gradient: &Tensor,
    ) -> [Vec<f64>; 3] {
        let [_, channels, height, width] = x.dims().try_into().unwrap();
        let [_, rows, down, across] = gradient.dims().try_into().unwrap();
        let mut out = vec![0.0; gradient.count()];
        let (mut of_x, mut of_weight) = (vec![0.0; x.count()], vec![0.0; weight.count()]);
        let padding = geometry.padding_before;
        for (at, g) in gradient.data().iter().enumerate() {
            let (n, r) = (at / (rows * down * across), at / (down * across) % rows);
            let (y, z) = (at / across % down, at % across);
            for (c, i, j) in (0..channels * 9).map(|k| (k / 9, k / 3 % 3, k % 3)) {
                let position = ((y + i).checked_sub(padding[0]), (z + j).checked_sub(padding[1]));
                let (Some(p), Some(q)) = position else { continue };
                if p < height && q < width {
                    let from = ((n * channels + c) * height + p) * width + q;
                    let w = (r * channels + c) * 9 + i * 3 + j;
                    let (a, b, g) = (x.data()[from], weight.data()[w], f64::from(*g));
                    out[at] += f64::from(a) * f64::from(b);
                    of_x[from] += f64::from(b) * g;
                    of_weight[w] += f64::from(a) * g;
                }
            }
        }
        [out, of_x, of_weight]
    }

    #[test]
    fn outputs_and_gradients_follow_the_definition_at_odd_sizes() {
        let mut rng = Rng::new(5);
        for (input, padding) in [([16, 16], 1), ([13, 11], 1), ([9, 20], 0), ([8, 17], 2)] {
            let geometry = geometry(input, padding);
            let convolution = Convolution::new(geometry).unwrap();
            let batch = 256usize.div_ceil(input[0] * input[1] / 4) + 1;
            assert!(convolution.tiles(batch).is_some(), "{input:?} must be computed in tiles");
            let [height, width] = geometry.output().unwrap();
            let x = rng.normal_tensor([batch, 50, input[0], input[1]], 0.0, 1.0);
            let weight = rng.normal_tensor([52, 50, 3, 3], 0.0, 0.1);
            let gradient = rng.normal_tensor([batch, 52, height, width], 0.0, 0.1);
            let (out, _) = convolution.forward(&x, &weight, None).unwrap();
            let output = ConvolutionOutput { out: &out, indices: None, gradient: &gradient };
            let back = convolution.backward(&x, &weight, output, [true, true, false]).unwrap();
            let [Some(of_x), Some(of_weight), None] = back else { panic!("two gradients") };
            let found = [&out, &of_x, &of_weight];
            for (found, expected) in found.iter().zip(definition(&geometry, &x, &weight, &gradient))
            {
                for (i, (&found, expected)) in found.data().iter().zip(expected).enumerate() {
                    let difference = (f64::from(found) - expected).abs();
                    let allowed = 1e-5 + 1.3e-6 * expected.abs();
                    assert!(difference <= allowed, "{input:?} {i}: {found} for {expected}");
                }
            }
        }
    }
}
