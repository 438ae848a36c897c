//! Two-dimensional convolution, as products that read the samples where they are.

mod field;
mod geometry;
mod scatter;
mod walk;
mod weight_gradient;

pub use geometry::ConvGeometry;

use crate::reduce::sum_slice;
use crate::threads::{for_pieces, for_pieces3};
use crate::{Matrix, Tensor, TensorError};
use field::Field;
use scatter::Scatter;
use std::ops::Range;
use walk::{Walk, Weights};
use weight_gradient::WeightGradient;

/// A convolution of a certain geometry, with all that follows from it worked out.
#[derive(Clone, Debug)]
pub struct Convolution {
    geometry: ConvGeometry,
    sizes: Sizes,
    forward: Walk,
    backward: InputGradient,
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

/// Batches of fewer samples than this are split by output channels as well.
const FEW_SAMPLES: usize = 8;

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
        Ok(Convolution { geometry, sizes, forward, backward })
    }

    /// The geometry.
    pub fn geometry(&self) -> &ConvGeometry {
        &self.geometry
    }

    /// Convolves `[batch, channels, height, width]` with a weight `[out_channels, channels / groups, kernel height, kernel
    /// width]`; `bias` has one number for each output channel.
    ///
    /// # Errors
    /// Shapes that do not fit the geometry.
    pub fn forward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Tensor, TensorError> {
        let batch = self.check(x, weight)?;
        let [height, width] = self.sizes.output;
        let mut out = Tensor::stale([batch, self.geometry.out_channels, height, width]);
        let blocks = self.blocks(batch);
        let weights = self.blocks_of(weight, blocks);
        let bias = bias.map(Tensor::data);
        for_pieces(out.data_mut(), self.sizes.sample_out / blocks, |piece, out| {
            let (sample, block) = (piece / blocks, piece % blocks);
            let x = &x.data()[sample * self.sizes.sample_in..][..self.sizes.sample_in];
            let channels = out.len() / self.sizes.places;
            let bias = bias.map(|bias| &bias[block * channels..][..channels]);
            self.sample(x, &weights[block], bias, out);
        });
        Ok(out)
    }

    /// Into how many blocks of output channels each sample is cut, so that there is work for several threads.
    fn blocks(&self, batch: usize) -> usize {
        const TILE: usize = crate::kernels::ROWS;
        let Sizes { group_rows, .. } = self.sizes;
        match batch < FEW_SAMPLES && self.geometry.groups == 1 {
            true => [4, 2].into_iter().find(|n| group_rows % (n * TILE) == 0).unwrap_or(1),
            false => 1,
        }
    }

    /// The weights of each block of output channels, by groups.
    fn blocks_of(&self, weight: &Tensor, blocks: usize) -> Vec<Vec<Weights>> {
        let Sizes { terms, .. } = self.sizes;
        let rows = self.sizes.group_rows / blocks;
        let pack = |data| Weights::new(Matrix::new(data, rows, terms));
        let parts = weight.data().chunks_exact(rows * terms);
        match blocks {
            1 => vec![parts.map(pack).collect()],
            _ => parts.map(|part| vec![pack(part)]).collect(),
        }
    }

    /// The groups of one sample.
    fn sample(&self, x: &[f32], weights: &[Weights], bias: Option<&[f32]>, out: &mut [f32]) {
        let walk = &self.forward;
        let rows = out.len() / self.sizes.places / weights.len();
        let mut buffer = walk.field.buffer();
        let outs = out.chunks_exact_mut(rows * self.sizes.places);
        let groups = x.chunks_exact(self.sizes.group_in).zip(weights).zip(outs);
        for (group, ((x, weights), out)) in groups.enumerate() {
            let field = walk.lay_out(x, buffer.data_mut());
            let bias = bias.map(|bias| &bias[group * rows..][..rows]);
            walk.run(field, weights, bias, out);
        }
    }

    /// The gradients of [`Convolution::forward`] with respect to its input, weight and bias, each only if `wanted`.
    ///
    /// # Errors
    /// Shapes that do not fit the geometry.
    pub fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        gradient: &Tensor,
        wanted: [bool; 3],
    ) -> Result<[Option<Tensor>; 3], TensorError> {
        let batch = self.check(x, weight)?;
        let Sizes { sample_in, group_rows, terms, .. } = self.sizes;
        let [wants_x, wants_weight, wants_bias] = wanted;
        // A fixed number of partial sums whatever the number of threads, so that the bits do not depend on it.
        const PARTIAL_SUMS: usize = 8;
        let samples = batch.div_ceil(PARTIAL_SUMS).max(1);
        let parts = batch.div_ceil(samples);
        let mut grad_x = Tensor::stale(if wants_x { x.shape() } else { [parts].into() });
        let piece_x = if wants_x { samples * sample_in } else { 1 };
        let weights = if wants_weight { weight.count() } else { 1 };
        let biases = if wants_bias { self.geometry.out_channels } else { 1 };
        let mut grad_weights = Tensor::stale([parts, weights]);
        let mut grad_biases = Tensor::stale([parts, biases]);
        let groups = weight.data().chunks_exact(group_rows * terms);
        let pass = Pass {
            convolution: self,
            x: x.data(),
            gradient: gradient.data(),
            mirrored: match (&self.backward, wants_x) {
                (InputGradient::Mirrored(_), true) => groups.map(|w| self.mirror(w)).collect(),
                _ => Vec::new(),
            },
            weight: weight.data(),
        };
        for_pieces3(
            (grad_x.data_mut(), piece_x),
            (grad_weights.data_mut(), weights),
            (grad_biases.data_mut(), biases),
            |i, grad_x, grad_weight, grad_bias| {
                let samples = i * samples..((i + 1) * samples).min(batch);
                if wants_bias {
                    pass.biases(samples.clone(), grad_bias);
                }
                if wants_weight {
                    pass.weights(samples.clone(), grad_weight);
                }
                if wants_x {
                    pass.inputs(samples, grad_x);
                }
            },
        );
        let total = |parts: Tensor| parts.sum_axis(0);
        Ok([
            wants_x.then_some(grad_x),
            if wants_weight { Some(total(grad_weights)?.reshape(weight.shape())?) } else { None },
            if wants_bias { Some(total(grad_biases)?) } else { None },
        ])
    }

    /// A group's weights as the mirrored convolution wants them: a row for each input channel.
    fn mirror(&self, weight: &[f32]) -> Weights {
        let Sizes { group_rows, terms, .. } = self.sizes;
        let points = self.geometry.kernel[0] * self.geometry.kernel[1];
        let channels = terms / points;
        let mut rows = Tensor::stale([channels, group_rows * points]);
        for (channel, row) in rows.data_mut().chunks_exact_mut(group_rows * points).enumerate() {
            let from = weight.chunks_exact(terms).map(|w| &w[channel * points..][..points]);
            row.chunks_exact_mut(points).zip(from).for_each(|(to, from)| to.copy_from_slice(from));
        }
        Weights::new(Matrix::new(rows.data(), channels, group_rows * points))
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

/// What the backward pass reads.
struct Pass<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    weight: &'a [f32],
    gradient: &'a [f32],
    mirrored: Vec<Weights>,
}

impl Pass<'_> {
    /// The numbers of one group of a sample, and of its gradient.
    fn group(&self, sample: usize, group: usize) -> (&[f32], &[f32]) {
        let Sizes { sample_in, sample_out, group_in, group_rows, places, .. } =
            self.convolution.sizes;
        let rows = group_rows * places;
        (
            &self.x[sample * sample_in + group * group_in..][..group_in],
            &self.gradient[sample * sample_out + group * rows..][..rows],
        )
    }

    fn biases(&self, samples: Range<usize>, sums: &mut [f32]) {
        let Sizes { sample_out, places, .. } = self.convolution.sizes;
        sums.fill(0.0);
        for sample in samples {
            let gradient = &self.gradient[sample * sample_out..][..sample_out];
            let lines = gradient.chunks_exact(places);
            sums.iter_mut().zip(lines).for_each(|(sum, line)| *sum += sum_slice(line));
        }
    }

    fn weights(&self, samples: Range<usize>, sums: &mut [f32]) {
        let Convolution { forward, sizes, geometry, .. } = self.convolution;
        let mut gradient = WeightGradient::new(forward, sizes.group_rows);
        let groups = sums.chunks_exact_mut(sizes.group_rows * sizes.terms);
        for (group, sums) in groups.enumerate().take(geometry.groups) {
            sums.fill(0.0);
            gradient.add(samples.clone().map(|sample| self.group(sample, group)), sums);
        }
    }

    fn inputs(&self, samples: Range<usize>, grad_x: &mut [f32]) {
        let Convolution { sizes, geometry, backward, .. } = self.convolution;
        let mut buffer = match backward {
            InputGradient::Mirrored(walk) => walk.field.buffer(),
            InputGradient::Scattered(_) => Tensor::stale(0),
        };
        for (sample, grad_x) in samples.zip(grad_x.chunks_exact_mut(sizes.sample_in)) {
            let groups = grad_x.chunks_exact_mut(sizes.group_in).enumerate();
            for (group, grad_x) in groups.take(geometry.groups) {
                let (_, gradient) = self.group(sample, group);
                match backward {
                    InputGradient::Mirrored(walk) => {
                        let field = walk.lay_out(gradient, buffer.data_mut());
                        walk.run(field, &self.mirrored[group], None, grad_x);
                    }
                    InputGradient::Scattered(scatter) => {
                        let size = sizes.group_rows * sizes.terms;
                        let weight = &self.weight[group * size..][..size];
                        let weight = Matrix::new(weight, sizes.group_rows, sizes.terms);
                        let gradient = Matrix::new(gradient, sizes.group_rows, sizes.places);
                        scatter.run(weight, gradient, grad_x);
                    }
                }
            }
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
        let out = Convolution::new(geometry())
            .unwrap()
            .forward(&x, &Tensor::ones([1, 1, 2, 2]), None)
            .unwrap();
        assert_eq!(out.data(), [8., 12., 20., 24.]);
    }

    #[test]
    fn padding_counts_as_zeros_on_its_side_only() {
        let x = Tensor::ones([1, 1, 3, 3]);
        let geometry = ConvGeometry { padding_after: [1, 1], ..geometry() };
        let out = Convolution::new(geometry)
            .unwrap()
            .forward(&x, &Tensor::ones([1, 1, 2, 2]), None)
            .unwrap();
        assert_eq!(out.data(), [4., 4., 2., 4., 4., 2., 2., 2., 1.]);
    }

    #[test]
    fn a_kernel_larger_than_its_input_is_refused() {
        let error = ConvGeometry { kernel: [4, 2], ..geometry() }.output().unwrap_err();
        assert!(error.to_string().contains("only 3 high"), "{error}");
        assert!(ConvGeometry { groups: 2, ..geometry() }.output().is_err());
    }
}
