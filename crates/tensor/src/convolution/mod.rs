//! Two-dimensional convolution, as products that read the samples where they are.

mod backward;
mod field;
mod geometry;
mod scatter;
mod sparse;
mod then;
mod walk;
mod weight_gradient;
mod winograd;

pub use backward::Convolved;
pub use geometry::ConvGeometry;

use crate::threads::{self, for_pieces, for_pieces2};
use crate::{Matrix, PoolGeometry, Tensor, TensorError};
use field::Field;
use scatter::Scatter;
use sparse::Sparse;
use then::{Pool, Then};
use walk::{Walk, Weights};
use winograd::{Transformed, Winograd};

/// A convolution of a certain geometry, with all that follows from it worked out; a rectified linear unit and max-pooling may
/// follow in the same pass.
#[derive(Clone, Debug)]
pub struct Convolution {
    geometry: ConvGeometry,
    sizes: Sizes,
    forward: Walk,
    backward: InputGradient,
    then: Then,
    sparse: Option<Sparse>,
    tiles: Option<Tiles>,
}

/// The tiles of a convolution that is worked out in fewer multiplications.
#[derive(Clone, Debug)]
struct Tiles {
    forward: Winograd,
    backward: Winograd,
}

/// The weights, as the way that is taken forwards wants them.
enum Kernels<'a> {
    /// In so many blocks of output channels.
    Walked(Weights, usize),
    Tiled(&'a Winograd, Transformed),
}

/// How the gradient of the input is found.
#[derive(Clone, Debug)]
enum InputGradient {
    /// As a convolution of the output's gradient with the mirrored kernel.
    Mirrored(Walk),
    /// For strides above 1: a product, and every number of it added to where it belongs.
    Scattered(Scatter),
}

/// Sizes that follow from a geometry.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Height and width of the output.
    output: [usize; 2],
    /// Places of the kernel: output height times width.
    places: usize,
    /// Numbers of one group of a sample.
    group_in: usize,
    /// Output channels of one group.
    group_rows: usize,
    /// What one output number is a sum of: a group's channels times the kernel's points.
    terms: usize,
    sample_in: usize,
    sample_out: usize,
}

impl Sizes {
    fn of(geometry: &ConvGeometry) -> Result<Self, TensorError> {
        let output = geometry.output()?;
        let places = output[0] * output[1];
        let group_channels = geometry.channels / geometry.groups;
        Ok(Sizes {
            output,
            places,
            group_in: group_channels * geometry.input[0] * geometry.input[1],
            group_rows: geometry.out_channels / geometry.groups,
            terms: group_channels * geometry.kernel[0] * geometry.kernel[1],
            sample_in: geometry.channels * geometry.input[0] * geometry.input[1],
            sample_out: geometry.out_channels * places,
        })
    }
}

/// Kernels are transformed for at least so many tiles of a batch.
const WORTH_TRANSFORMING: usize = 256;

impl Tiles {
    /// Where they are faster than the definition.
    fn new(geometry: &ConvGeometry, sizes: &Sizes) -> Option<Self> {
        let ConvGeometry { channels, input, out_channels, padding_before, .. } = *geometry;
        let of_kernel = (geometry.kernel, geometry.stride, geometry.dilation, geometry.groups);
        if of_kernel != ([3, 3], [1, 1], [1, 1], 1) {
            return None;
        }
        let before = padding_before.map(|padding| padding as isize);
        let forward = Winograd::new(channels, input, before, sizes.output);
        let turned = before.map(|before| 2 - before);
        let backward = Winograd::new(out_channels, sizes.output, turned, input);
        (forward.pays(out_channels) && backward.pays(channels))
            .then_some(Tiles { forward, backward })
    }
}

impl Convolution {
    /// Works out a geometry.
    ///
    /// # Errors
    /// What [`ConvGeometry::output`] refuses.
    pub fn new(geometry: ConvGeometry) -> Result<Self, TensorError> {
        let sizes = Sizes::of(&geometry)?;
        let ConvGeometry { input, kernel, stride, dilation, padding_before, .. } = geometry;
        let reach = [0, 1].map(|axis| dilation[axis] * (kernel[axis] - 1) + 1);
        let channels = geometry.channels / geometry.groups;
        let before = padding_before.map(|padding| padding as isize);
        let field = Field::new(channels, input, before, stride, reach, sizes.output);
        let forward = Walk::new(field, channels, geometry.points(), sizes.output);
        let backward = match stride {
            [1, 1] => {
                let before = [0, 1].map(|axis| reach[axis] as isize - 1 - before[axis]);
                let field =
                    Field::new(sizes.group_rows, sizes.output, before, [1, 1], reach, input);
                let mirrored = geometry.points().map(|[y, x]| [reach[0] - 1 - y, reach[1] - 1 - x]);
                InputGradient::Mirrored(Walk::new(field, sizes.group_rows, mirrored, input))
            }
            _ => InputGradient::Scattered(Scatter::new(&geometry, sizes.output)),
        };
        let tiles = Tiles::new(&geometry, &sizes);
        let then = Then::default();
        Ok(Convolution { geometry, sizes, forward, backward, then, sparse: None, tiles })
    }

    /// The same convolution with max(0, x) behind it.
    pub fn with_relu(mut self) -> Self {
        self.then.relu = true;
        self
    }

    /// The same convolution with max-pooling behind it (and behind the rectifier, if there is one).
    ///
    /// # Errors
    /// A window that does not fit the convolution's output.
    pub fn with_pool(mut self, geometry: PoolGeometry) -> Result<Self, TensorError> {
        if geometry.input != self.sizes.output {
            let (left, right) = (self.sizes.output.into(), geometry.input.into());
            return Err(TensorError::Mismatch { operation: "pooling", left, right });
        }
        self.then.pool = Some(Pool::new(geometry)?);
        self.sparse = Sparse::new(&self.geometry, &self.sizes, &self.then);
        Ok(self)
    }

    /// Height and width of the output, pooled if there is pooling.
    fn output(&self) -> [usize; 2] {
        self.then.pool.map_or(self.sizes.output, |pool| pool.output)
    }

    /// The geometry.
    pub fn geometry(&self) -> &ConvGeometry {
        &self.geometry
    }

    /// Convolves `[batch, channels, height, width]` with a weight `[out_channels, channels / groups, kernel height, kernel
    /// width]`; `bias` has one number for each output channel.
    ///
    /// Returns the output and, if there is pooling, the positions in their planes of the numbers that won, which
    /// [`Convolution::backward`] wants back.
    ///
    /// # Errors
    /// Shapes that do not fit the geometry.
    pub fn forward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<(Tensor, Option<Tensor>), TensorError> {
        let batch = self.check(x, weight)?;
        let [height, width] = self.output();
        let shape = [batch, self.geometry.out_channels, height, width];
        let mut out = Tensor::uninit(shape);
        let kernels = self.kernels(weight, batch);
        let blocks = match kernels {
            Kernels::Walked(_, blocks) => blocks,
            Kernels::Tiled(..) => 1,
        };
        let channels = self.geometry.out_channels / blocks;
        let run = |piece: usize, out: &mut [f32]| {
            let (sample, block) = (piece / blocks, piece % blocks);
            let x = &x.data()[sample * self.sizes.sample_in..][..self.sizes.sample_in];
            let bias = bias.map(|bias| &bias.data()[block * channels..][..channels]);
            match &kernels {
                Kernels::Walked(weights, _) => self.sample(x, (weights, block), bias, out),
                Kernels::Tiled(tiles, kernels) => tiles.run(x, kernels, bias, out),
            }
        };
        let piece = channels * height * width;
        let Some(pool) = &self.then.pool else {
            for_pieces(out.data_mut(), piece, |i, out| {
                run(i, out);
                self.then.rectify(out);
            });
            return Ok((out, None));
        };
        let mut winners = Tensor::uninit(shape);
        let pairs = ((out.data_mut(), piece), (winners.data_mut(), piece));
        for_pieces2(pairs.0, pairs.1, |i, out, winners| {
            let mut planes = Tensor::uninit([channels, self.sizes.places]);
            run(i, planes.data_mut());
            self.then.pool(pool, planes.data(), out, winners);
        });
        Ok((out, Some(winners)))
    }

    /// The tiles, for batches that are worth transforming the kernels.
    fn tiles(&self, batch: usize) -> Option<&Tiles> {
        self.tiles.as_ref().filter(|tiles| batch * tiles.forward.tiles() >= WORTH_TRANSFORMING)
    }

    fn kernels(&self, weight: &Tensor, batch: usize) -> Kernels<'_> {
        match self.tiles(batch) {
            Some(Tiles { forward, .. }) => {
                let ConvGeometry { channels, out_channels, .. } = self.geometry;
                Kernels::Tiled(forward, Transformed::new(weight.data(), out_channels, channels))
            }
            None => {
                let blocks = self.blocks(batch);
                Kernels::Walked(self.weights(weight, blocks), blocks)
            }
        }
    }

    /// Into how many blocks of output channels each sample is cut, so that there is work for all threads; the bits do not
    /// depend on it.
    fn blocks(&self, batch: usize) -> usize {
        /// Fewer channels are not worth a pass over the sample.
        const TILE: usize = 8;
        let Sizes { group_rows, .. } = self.sizes;
        let threads = threads::current();
        if self.geometry.groups > 1 || threads == 1 || batch >= 4 * threads {
            return 1;
        }
        let fits = |&blocks: &usize| group_rows.is_multiple_of(blocks * TILE);
        (1..=threads.next_power_of_two()).rev().find(fits).unwrap_or(1)
    }

    /// The weights of each block of output channels, or of each group: there is only one of the one or of the other.
    fn weights(&self, weight: &Tensor, blocks: usize) -> Weights {
        let Sizes { terms, .. } = self.sizes;
        let rows = self.sizes.group_rows / blocks;
        let mut weights = Weights::uninit(self.geometry.groups * blocks, rows, terms);
        let parts = weight.data().chunks_exact(rows * terms).enumerate();
        parts.for_each(|(part, data)| weights.pack(part, Matrix::new(data, rows, terms)));
        weights
    }

    /// The groups of a block of one sample.
    fn sample(
        &self,
        x: &[f32],
        (weights, block): (&Weights, usize),
        bias: Option<&[f32]>,
        out: &mut [f32],
    ) {
        let walk = &self.forward;
        let rows = out.len() / self.sizes.places / self.geometry.groups;
        let mut buffer = walk.field.buffer();
        let outs = out.chunks_exact_mut(rows * self.sizes.places);
        for (group, (x, out)) in x.chunks_exact(self.sizes.group_in).zip(outs).enumerate() {
            let field = walk.lay_out(x, buffer.data_mut());
            let bias = bias.map(|bias| &bias[group * rows..][..rows]);
            walk.run(field, weights.part(block + group), bias, out);
        }
    }

    fn check(&self, x: &Tensor, weight: &Tensor) -> Result<usize, TensorError> {
        let ConvGeometry { channels, input: [height, width], .. } = self.geometry;
        let mismatch = |left, right| TensorError::Mismatch { operation: "conv2d", left, right };
        match *x.dims() {
            [batch, c, h, w] if [c, h, w] == [channels, height, width] => {
                let wanted = self.geometry.weight_shape();
                match weight.shape() == wanted {
                    true => Ok(batch),
                    false => Err(mismatch(weight.shape(), wanted)),
                }
            }
            _ => Err(mismatch(x.shape(), [channels, height, width].into())),
        }
    }
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
