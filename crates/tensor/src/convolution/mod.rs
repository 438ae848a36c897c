//! Two-dimensional convolution: by implicit GEMM, by Winograd's algorithm where that is faster, and backward from
//! sparse gradients after max-pooling.

mod backward;
mod col2im;
mod epilogue;
mod geometry;
mod implicit_gemm;
mod padded_input;
mod sparse;
mod weight_gradient;
mod winograd;

pub use backward::ConvolutionOutput;
pub use geometry::ConvGeometry;

use crate::threads::{self, Pieces, for_pieces, for_pieces2};
use crate::{Indices, Matrix, PoolGeometry, Shape, Tensor, TensorError};
use col2im::Col2im;
use epilogue::{Epilogue, Pool};
use implicit_gemm::{ImplicitGemm, PackedA, PackedWeights};
use padded_input::PaddedInput;
use sparse::Sparse;
use winograd::{Transformed, Winograd};

/// A convolution of a certain geometry, with everything that depends on the geometry alone computed once. A ReLU and
/// max-pooling can follow in the same pass.
#[derive(Clone, Debug)]
pub struct Convolution {
    geometry: ConvGeometry,
    sizes: Sizes,
    forward: ImplicitGemm,
    backward: InputGradient,
    epilogue: Epilogue,
    sparse: Option<Sparse>,
    tiles: Option<Tiles>,
}

/// The tiles of a convolution that is computed by Winograd's algorithm.
#[derive(Clone, Debug)]
struct Tiles {
    forward: Winograd,
    backward: Winograd,
}

/// The weights, in the form that the forward pass reads.
enum Weights<'a> {
    /// In blocks of output channels, or in groups.
    ImplicitGemm {
        packed: PackedWeights<'a>,
        blocks: usize,
    },
    Winograd(&'a Winograd, Transformed),
}

impl Weights<'_> {
    /// Blocks of output channels that each sample is computed in.
    fn blocks(&self) -> usize {
        match self {
            Weights::ImplicitGemm { blocks, .. } => *blocks,
            Weights::Winograd(..) => 1,
        }
    }
}

/// How the gradient of the input is computed.
#[derive(Clone, Debug)]
enum InputGradient {
    /// As a convolution of the output's gradient with the flipped kernel.
    ImplicitGemm(ImplicitGemm),
    /// For strides above 1: as a product in columns, which are added up.
    Col2im(Col2im),
}

/// Sizes that follow from a geometry. M, N and K are those of one group's product.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Height and width of the output.
    output: [usize; 2],
    /// N, output pixels: height times width.
    n: usize,
    /// Numbers of one group of a sample.
    group_in: usize,
    /// M, output channels of one group.
    m: usize,
    /// K, input channels of one group times points of the kernel.
    k: usize,
    sample_in: usize,
    sample_out: usize,
}

impl Sizes {
    fn of(geometry: &ConvGeometry) -> Result<Self, TensorError> {
        let output = geometry.output()?;
        let plane = geometry.input[0] * geometry.input[1];
        let n = output[0] * output[1];
        let group_channels = geometry.channels / geometry.groups;
        Ok(Sizes {
            output,
            n,
            group_in: plane.saturating_mul(group_channels),
            m: geometry.out_channels / geometry.groups,
            k: group_channels.saturating_mul(geometry.kernel[0] * geometry.kernel[1]),
            sample_in: plane.saturating_mul(geometry.channels),
            sample_out: n.saturating_mul(geometry.out_channels),
        })
    }
}

/// With fewer tiles in a batch, transforming the weights takes longer than it saves.
const WINOGRAD_TILES: usize = 256;

impl Tiles {
    /// The tiles, if Winograd's algorithm is faster both forward and backward.
    fn new(geometry: &ConvGeometry, sizes: &Sizes) -> Option<Self> {
        let ConvGeometry { channels, input, out_channels, padding_before, .. } = *geometry;
        let of_kernel = (geometry.kernel, geometry.stride, geometry.dilation, geometry.groups);
        if of_kernel != ([3, 3], [1, 1], [1, 1], 1) {
            return None;
        }
        let before = padding_before.map(|padding| padding as isize);
        let forward = Winograd::new(channels, input, before, sizes.output);
        let flipped = before.map(|before| 2 - before);
        let backward = Winograd::new(out_channels, sizes.output, flipped, input);
        (forward.is_faster(out_channels) && backward.is_faster(channels))
            .then_some(Tiles { forward, backward })
    }
}

impl Convolution {
    /// A convolution without an epilogue.
    ///
    /// # Errors
    /// What [`ConvGeometry::output`] refuses, or a sample that is too large for offsets of 32 bits.
    pub fn new(geometry: ConvGeometry) -> Result<Self, TensorError> {
        let sizes = Sizes::of(&geometry)?;
        let ConvGeometry { input, stride, padding_before, .. } = geometry;
        let reach = [0, 1].map(|axis| geometry.reach(axis));
        let channels = geometry.channels / geometry.groups;
        let before = padding_before.map(|padding| padding as isize);
        let padded = PaddedInput::new(channels, input, before, stride, reach, sizes.output);
        let forward = ImplicitGemm::new(padded, channels, geometry.points(), sizes.output)?;
        let backward = match stride {
            [1, 1] => {
                let before = [0, 1].map(|axis| reach[axis] as isize - 1 - before[axis]);
                let padded = PaddedInput::new(sizes.m, sizes.output, before, [1, 1], reach, input);
                let flipped = geometry.points().map(|[y, x]| [reach[0] - 1 - y, reach[1] - 1 - x]);
                InputGradient::ImplicitGemm(ImplicitGemm::new(padded, sizes.m, flipped, input)?)
            }
            _ => InputGradient::Col2im(Col2im::new(&geometry, sizes.output)),
        };
        let tiles = Tiles::new(&geometry, &sizes);
        let epilogue = Epilogue::default();
        Ok(Convolution { geometry, sizes, forward, backward, epilogue, sparse: None, tiles })
    }

    /// The same convolution followed by a ReLU, max(0, x).
    pub fn with_relu(mut self) -> Self {
        self.epilogue.relu = true;
        self
    }

    /// The same convolution followed by max-pooling (after the ReLU, if there is one).
    ///
    /// # Errors
    /// A window that does not fit the convolution's output.
    pub fn with_pool(mut self, geometry: PoolGeometry) -> Result<Self, TensorError> {
        if geometry.input != self.sizes.output {
            let (left, right) = (self.sizes.output.into(), geometry.input.into());
            return Err(TensorError::Mismatch { operation: "pooling", left, right });
        }
        self.epilogue.pool = Some(Pool::new(geometry)?);
        self.sparse = Sparse::new(&self.geometry, &self.sizes, &self.epilogue);
        Ok(self)
    }

    /// Height and width of the output, pooled if there is pooling.
    fn output(&self) -> [usize; 2] {
        self.epilogue.pool.map_or(self.sizes.output, |pool| pool.output)
    }

    /// The geometry.
    pub fn geometry(&self) -> &ConvGeometry {
        &self.geometry
    }

    /// Convolves `[batch, channels, height, width]` with a weight `[out_channels, channels / groups, kernel height,
    /// kernel width]`; `bias` has one number for each output channel.
    ///
    /// Returns the output and, if there is pooling, the positions of the maxima in their planes, which
    /// [`Convolution::backward`] reads.
    ///
    /// A weight in half precision gives the bits that the same numbers in f32 give. Each thread widens a few output
    /// channels at a time; where Winograd's algorithm is faster (kernels of 3 x 3 in large batches), the transformed
    /// weights, which are 16 / 9 as many, are in f32.
    ///
    /// # Errors
    /// Shapes that do not fit the geometry.
    pub fn forward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<(Tensor, Option<Indices>), TensorError> {
        let batch = self.check(x, weight)?;
        if let Some(bias) = bias {
            check_shape(bias.shape(), [self.geometry.out_channels].into())?;
        }
        let [height, width] = self.output();
        let shape = [batch, self.geometry.out_channels, height, width];
        let mut out = Tensor::try_uninit(shape)?;
        if batch == 0 {
            let indices = self.epilogue.pool.map(|_| Indices::uninit(shape));
            return Ok((out, indices));
        }
        let weights = self.weights(weight, batch);
        let blocks = weights.blocks();
        let channels = self.geometry.out_channels / blocks;
        let run = |piece: usize, out: &mut [f32]| {
            let (sample, block) = (piece / blocks, piece % blocks);
            let x = &x.data()[sample * self.sizes.sample_in..][..self.sizes.sample_in];
            let bias = bias.map(|bias| &bias.data()[block * channels..][..channels]);
            match &weights {
                Weights::ImplicitGemm { packed, .. } => {
                    self.by_implicit_gemm(x, |group| packed.part(block + group), bias, out);
                }
                Weights::Winograd(tiles, weights) => tiles.run(x, weights, bias, out),
            }
        };
        let piece = channels * height * width;
        let Some(pool) = &self.epilogue.pool else {
            for_pieces(out.data_mut(), piece, |i, out| {
                run(i, out);
                self.epilogue.apply_relu(out);
            });
            return Ok((out, None));
        };
        let mut indices = Indices::uninit(shape);
        let outs = Pieces::new(out.data_mut(), piece);
        for_pieces2(outs, Pieces::new(indices.data_mut(), piece), |i, out, indices| {
            let mut planes = Tensor::uninit([channels, self.sizes.n]);
            run(i, planes.data_mut());
            self.epilogue.pool(pool, planes.data(), out, indices);
        });
        Ok((out, Some(indices)))
    }

    /// The tiles, for batches that are large enough for Winograd's algorithm.
    fn tiles(&self, batch: usize) -> Option<&Tiles> {
        self.tiles.as_ref().filter(|tiles| batch * tiles.forward.tiles() >= WINOGRAD_TILES)
    }

    fn weights<'a>(&'a self, weight: &'a Tensor, batch: usize) -> Weights<'a> {
        match self.tiles(batch) {
            Some(Tiles { forward, .. }) => {
                let ConvGeometry { channels, out_channels, .. } = self.geometry;
                Weights::Winograd(forward, Transformed::new(weight, out_channels, channels))
            }
            None => {
                let blocks = self.blocks(batch);
                Weights::ImplicitGemm { packed: self.pack(weight, blocks), blocks }
            }
        }
    }

    /// Into how many blocks of output channels each sample is cut, so that all threads have work. The bits do not
    /// depend on it.
    fn blocks(&self, batch: usize) -> usize {
        /// Blocks have a multiple of so many channels: each block reads the whole sample.
        const CHANNELS: usize = 8;
        let Sizes { m, .. } = self.sizes;
        let threads = threads::current();
        if self.geometry.groups > 1 || threads == 1 || batch >= 4 * threads {
            return 1;
        }
        let fits = |&blocks: &usize| m.is_multiple_of(blocks * CHANNELS);
        (1..=threads.next_power_of_two()).rev().find(fits).unwrap_or(1)
    }

    /// The weights of each block of output channels, or of each group. There is only one block or only one group.
    fn pack<'a>(&self, weight: &'a Tensor, blocks: usize) -> PackedWeights<'a> {
        let Sizes { k, .. } = self.sizes;
        let m = self.sizes.m / blocks;
        if let Some(halves) = weight.halves() {
            let row = move |part: usize, row: usize, to: &mut [f32]| {
                let start = (part * m + row) * k;
                halves.widen(start..start + k, to);
            };
            return PackedWeights::half(row, m, k);
        }
        let mut packed = PackedWeights::uninit(self.geometry.groups * blocks, m, k);
        let parts = weight.data().chunks_exact(m * k).enumerate();
        parts.for_each(|(part, data)| packed.pack(part, Matrix::view(data, m, k)));
        packed
    }

    /// One block of output channels of a sample, group by group.
    fn by_implicit_gemm<'w>(
        &self,
        x: &[f32],
        weights: impl Fn(usize) -> PackedA<'w>,
        bias: Option<&[f32]>,
        out: &mut [f32],
    ) {
        let gemm = &self.forward;
        let m = out.len() / self.sizes.n / self.geometry.groups;
        let mut buffer = gemm.input.buffer();
        let outs = out.chunks_exact_mut(m * self.sizes.n);
        for (group, (x, out)) in x.chunks_exact(self.sizes.group_in).zip(outs).enumerate() {
            let padded = gemm.pad_input(x, buffer.data_mut());
            let bias = bias.map(|bias| &bias[group * m..][..m]);
            gemm.run(padded, weights(group), bias, out);
        }
    }

    /// The batch size, if `x` and `weight` fit the geometry.
    fn check(&self, x: &Tensor, weight: &Tensor) -> Result<usize, TensorError> {
        let ConvGeometry { channels, input: [height, width], .. } = self.geometry;
        match *x.dims() {
            [batch, c, h, w] if [c, h, w] == [channels, height, width] => {
                check_shape(weight.shape(), self.geometry.weight_shape())?;
                Ok(batch)
            }
            _ => {
                let (left, right) = (x.shape(), [channels, height, width].into());
                Err(TensorError::Mismatch { operation: "conv2d", left, right })
            }
        }
    }
}

fn check_shape(given: Shape, wanted: Shape) -> Result<(), TensorError> {
    if given != wanted {
        return Err(TensorError::Mismatch { operation: "conv2d", left: given, right: wanted });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> ConvGeometry {
        ConvGeometry {
            channels: 1,
            input: [3, 3],
            out_channels: 1,
            kernel: [2, 2],
            stride: [1, 1],
            padding_before: [0, 0],
            padding_after: [0, 0],
            dilation: [1, 1],
            groups: 1,
        }
    }

    #[test]
    fn a_kernel_of_ones_sums_what_it_covers() {
        let x = Tensor::from_fn([1, 1, 3, 3], |i| i as f32);
        let convolution = Convolution::new(geometry()).unwrap();
        let (out, _) = convolution.forward(&x, &Tensor::ones([1, 1, 2, 2]), None).unwrap();
        assert_eq!(out.data(), [8., 12., 20., 24.]);
    }

    #[test]
    fn padding_counts_as_zeros_on_its_side_only() {
        let x = Tensor::ones([1, 1, 3, 3]);
        let geometry = ConvGeometry { padding_after: [1, 1], ..geometry() };
        let convolution = Convolution::new(geometry).unwrap();
        let (out, _) = convolution.forward(&x, &Tensor::ones([1, 1, 2, 2]), None).unwrap();
        assert_eq!(out.data(), [4., 4., 2., 4., 4., 2., 2., 2., 1.]);
    }

    #[test]
    fn a_kernel_larger_than_its_input_is_refused() {
        let error = ConvGeometry { kernel: [4, 2], ..geometry() }.output().unwrap_err();
        assert!(error.to_string().contains("only 3 high"), "{error}");
        assert!(ConvGeometry { groups: 2, ..geometry() }.output().is_err());
    }
}
