//! The gradients of a convolution.

use super::col2im::Col2im;
use super::epilogue::Outcome;
use super::implicit_gemm::{ImplicitGemm, PackedWeights};
use super::sparse::Sparse;
use super::weight_gradient::{AtOnce, WeightGradient};
use super::winograd::{Transformed, WeightSums, Winograd};
use super::{ConvGeometry, Convolution, InputGradient, Sizes, Tiles, check_shape};
use crate::pooling::check_positions;
use crate::simd;
use crate::threads::{Pieces, for_pieces3};
use crate::{Indices, Matrix, Tensor, TensorError};
use std::ops::Range;

/// The results of a forward pass and the gradient of its output: what [`Convolution::backward`] reads.
#[derive(Clone, Copy, Debug)]
pub struct ConvolutionOutput<'a> {
    /// The output.
    pub out: &'a Tensor,
    /// If there is pooling, the positions of the maxima.
    pub indices: Option<&'a Indices>,
    /// The gradient of the output.
    pub gradient: &'a Tensor,
}

impl Convolution {
    /// The gradients of [`Convolution::forward`] with respect to its input, weight and bias, each only if it is
    /// `wanted`.
    ///
    /// # Errors
    /// Shapes that do not fit the geometry, or positions of maxima that are missing or outside of their planes.
    pub fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        output: ConvolutionOutput,
        wanted: [bool; 3],
    ) -> Result<[Option<Tensor>; 3], TensorError> {
        let batch = self.check(x, weight)?;
        self.check_output(&output, batch)?;
        let Sizes { sample_in, .. } = self.sizes;
        let [wants_x, wants_weight, wants_bias] = wanted;
        // A fixed number of partial sums whatever the number of threads, so that the bits do not depend on it.
        const PARTIAL_SUMS: usize = 8;
        let samples = batch.div_ceil(PARTIAL_SUMS).max(1);
        let parts = batch.div_ceil(samples);
        let mut grad_x = Tensor::uninit(if wants_x { x.shape() } else { [parts].into() });
        let piece_x = if wants_x { samples * sample_in } else { 1 };
        let weights = if wants_weight { weight.count() } else { 1 };
        let biases = if wants_bias { self.geometry.out_channels } else { 1 };
        let mut grad_weights = Tensor::uninit([parts, weights]);
        let mut grad_biases = Tensor::uninit([parts, biases]);
        let pass = Pass {
            convolution: self,
            x: x.data(),
            output,
            input: self.input_pass(weight, batch, wants_x),
            tiles: self.tiles(batch),
            sparse: self.sparse.as_ref().map(|sparse| (sparse, sparse.weights(weight.data()))),
            weight,
        };
        for_pieces3(
            Pieces::new(grad_x.data_mut(), piece_x),
            Pieces::new(grad_weights.data_mut(), weights),
            Pieces::new(grad_biases.data_mut(), biases),
            |i, grad_x, grad_weight, grad_bias| {
                let samples = i * samples..((i + 1) * samples).min(batch);
                let wanted = Wanted {
                    x: wants_x.then_some(grad_x),
                    weight: wants_weight.then_some(grad_weight),
                    bias: wants_bias.then_some(grad_bias),
                };
                pass.run(samples, wanted);
            },
        );
        let total = |parts: Tensor| parts.sum_axis(0);
        Ok([
            wants_x.then_some(grad_x),
            if wants_weight { Some(total(grad_weights)?.reshape(weight.shape())?) } else { None },
            if wants_bias { Some(total(grad_biases)?) } else { None },
        ])
    }

    fn check_output(&self, output: &ConvolutionOutput, batch: usize) -> Result<(), TensorError> {
        let [height, width] = self.output();
        let wanted = [batch, self.geometry.out_channels, height, width].into();
        check_shape(output.out.shape(), wanted)?;
        check_shape(output.gradient.shape(), wanted)?;
        if self.epilogue.pool.is_none() {
            return Ok(());
        }
        let Some(indices) = output.indices else {
            let problem = "the gradient of max-pooling needs the positions of the maxima";
            return Err(TensorError::Geometry { operation: "conv2d", problem: problem.into() });
        };
        check_shape(indices.shape(), wanted)?;
        check_positions(indices, self.sizes.n)
    }

    /// How the input's gradient is computed, if it is `wanted` and not by [`Sparse`].
    fn input_pass<'a>(&'a self, weight: &'a Tensor, batch: usize, wanted: bool) -> InputPass<'a> {
        let ConvGeometry { channels, out_channels, .. } = self.geometry;
        match (&self.backward, self.tiles(batch)) {
            _ if !wanted || self.sparse.is_some() => InputPass::Nothing,
            (_, Some(Tiles { backward, .. })) => {
                InputPass::Winograd(backward, Transformed::flipped(weight, channels, out_channels))
            }
            (InputGradient::ImplicitGemm(gemm), None) => {
                InputPass::ImplicitGemm(gemm, self.flip(weight))
            }
            (InputGradient::Col2im(col2im), None) => InputPass::Col2im(col2im),
        }
    }

    /// Each group's weights as the convolution with the flipped kernel reads them: a row for each input channel.
    fn flip<'a>(&self, weight: &'a Tensor) -> PackedWeights<'a> {
        let Sizes { m, k, .. } = self.sizes;
        let points = self.geometry.kernel[0] * self.geometry.kernel[1];
        let (channels, length) = (k / points, m * points);
        if let Some(halves) = weight.halves() {
            let row = move |group: usize, channel: usize, to: &mut [f32]| {
                for (row, to) in to.chunks_exact_mut(points).enumerate() {
                    let start = (group * m + row) * k + channel * points;
                    halves.widen(start..start + points, to);
                }
            };
            return PackedWeights::half(row, channels, length);
        }
        let mut rows = Tensor::uninit([channels, length]);
        let mut flipped = PackedWeights::uninit(self.geometry.groups, channels, length);
        for (group, weight) in weight.data().chunks_exact(m * k).enumerate() {
            for (channel, row) in rows.data_mut().chunks_exact_mut(length).enumerate() {
                let from = weight.chunks_exact(k).map(|w| &w[channel * points..][..points]);
                let points = row.chunks_exact_mut(points).zip(from);
                points.for_each(|(to, from)| to.copy_from_slice(from));
            }
            flipped.pack(group, Matrix::view(rows.data(), channels, length));
        }
        flipped
    }
}

/// How the input's gradient is computed, with the weights in the form that it reads.
enum InputPass<'a> {
    Nothing,
    ImplicitGemm(&'a ImplicitGemm, PackedWeights<'a>),
    Winograd(&'a Winograd, Transformed),
    Col2im(&'a Col2im),
}

/// What the backward pass reads.
struct Pass<'a> {
    convolution: &'a Convolution,
    x: &'a [f32],
    weight: &'a Tensor,
    output: ConvolutionOutput<'a>,
    input: InputPass<'a>,
    tiles: Option<&'a Tiles>,
    /// With the weights in the form that it reads.
    sparse: Option<(&'a Sparse, Tensor)>,
}

/// Where the gradients of some samples are written, each if it is wanted.
struct Wanted<'a> {
    /// One sample after the other.
    x: Option<&'a mut [f32]>,
    /// Summed over the samples.
    weight: Option<&'a mut [f32]>,
    /// Summed over the samples.
    bias: Option<&'a mut [f32]>,
}

impl Pass<'_> {
    fn sample(&self, sample: usize) -> &[f32] {
        let size = self.convolution.sizes.sample_in;
        &self.x[sample * size..][..size]
    }

    /// A sample's output, its gradient and the positions of its maxima.
    fn outcome(&self, sample: usize) -> Outcome<'_> {
        let [height, width] = self.convolution.output();
        let size = self.convolution.geometry.out_channels * height * width;
        let at = sample * size..(sample + 1) * size;
        Outcome {
            gradient: &self.output.gradient.data()[at.clone()],
            out: &self.output.out.data()[at.clone()],
            indices: self.output.indices.map_or(&[], |indices| &indices.data()[at]),
        }
    }

    /// Writes the gradients of some samples.
    fn run(&self, samples: Range<usize>, wanted: Wanted) {
        match (&self.sparse, self.tiles) {
            (Some((sparse, weights)), _) => self.run_sparse(sparse, weights, samples, wanted),
            (None, Some(tiles)) => self.run_winograd(&tiles.forward, samples, wanted),
            (None, None) => self.run_gemm(samples, wanted),
        }
    }

    /// By implicit GEMM, or col2im for strides above 1: several samples at once, as the weight's gradient sums them.
    fn run_gemm(&self, samples: Range<usize>, mut wanted: Wanted) {
        let Convolution { forward, sizes, epilogue, .. } = self.convolution;
        if let Some(sums) = wanted.weight.as_deref_mut() {
            sums.fill(0.0);
        }
        if let Some(sums) = wanted.bias.as_deref_mut() {
            sums.fill(0.0);
        }
        let mut of_weights = WeightGradient::new(forward, sizes.m);
        let at_once = of_weights.at_once();
        let mut unpooled = Tensor::uninit(match epilogue.is_identity() {
            true => 0,
            false => at_once * sizes.sample_out,
        });
        let first = samples.start;
        for start in samples.clone().step_by(at_once) {
            let block = start..(start + at_once).min(samples.end);
            let mut gradients: AtOnce = Default::default();
            match epilogue.is_identity() {
                true => {
                    let each = gradients.iter_mut().zip(block.clone());
                    each.for_each(|(to, sample)| *to = self.outcome(sample).gradient);
                }
                false => {
                    let scratch = unpooled.data_mut().chunks_exact_mut(sizes.sample_out);
                    for ((to, scratch), sample) in
                        gradients.iter_mut().zip(scratch).zip(block.clone())
                    {
                        epilogue.backward(self.outcome(sample), sizes.n, scratch);
                        *to = scratch;
                    }
                }
            }
            let gradients = &gradients[..block.len()];
            if let Some(sums) = wanted.bias.as_deref_mut() {
                self.biases(gradients, sums);
            }
            if let Some(sums) = wanted.weight.as_deref_mut() {
                self.weights(&mut of_weights, block.clone(), gradients, sums);
            }
            if let Some(grad_x) = wanted.x.as_deref_mut() {
                let at = (start - first) * sizes.sample_in;
                self.inputs(gradients, &mut grad_x[at..][..block.len() * sizes.sample_in]);
            }
        }
    }

    /// By Winograd's transforms, one sample after the other.
    fn run_winograd(&self, tiles: &Winograd, samples: Range<usize>, mut wanted: Wanted) {
        let Convolution { sizes, epilogue, .. } = self.convolution;
        if let Some(sums) = wanted.bias.as_deref_mut() {
            sums.fill(0.0);
        }
        let mut of_weights = wanted.weight.is_some().then(|| WeightSums::new(tiles, sizes.m));
        let mut unpooled =
            Tensor::uninit(if epilogue.is_identity() { 0 } else { sizes.sample_out });
        for (i, sample) in samples.enumerate() {
            let outcome = self.outcome(sample);
            let gradient = match epilogue.is_identity() {
                true => outcome.gradient,
                false => {
                    epilogue.backward(outcome, sizes.n, unpooled.data_mut());
                    unpooled.data()
                }
            };
            if let Some(sums) = wanted.bias.as_deref_mut() {
                self.biases(&[gradient], sums);
            }
            if let Some(of_weights) = &mut of_weights {
                of_weights.add(self.sample(sample), gradient);
            }
            if let Some(grad_x) = wanted.x.as_deref_mut() {
                self.inputs(&[gradient], &mut grad_x[i * sizes.sample_in..][..sizes.sample_in]);
            }
        }
        if let (Some(sums), Some(of_weights)) = (wanted.weight, of_weights) {
            of_weights.write(sums);
        }
    }

    /// Adds the sums of gradients over their pixels.
    fn biases(&self, gradients: &[&[f32]], sums: &mut [f32]) {
        for gradient in gradients {
            let lines = gradient.chunks_exact(self.convolution.sizes.n);
            sums.iter_mut().zip(lines).for_each(|(sum, line)| *sum += simd::sum(line));
        }
    }

    /// Adds what some samples contribute to the weight's gradient.
    fn weights(
        &self,
        of_weights: &mut WeightGradient,
        samples: Range<usize>,
        gradients: &[&[f32]],
        sums: &mut [f32],
    ) {
        let Sizes { group_in, m, k, n, .. } = self.convolution.sizes;
        for (group, sums) in sums.chunks_exact_mut(m * k).enumerate() {
            let x = samples.clone().map(|i| &self.sample(i)[group * group_in..][..group_in]);
            let rows = m * n;
            let gradients = gradients.iter().map(|gradient| &gradient[group * rows..][..rows]);
            of_weights.add(x.zip(gradients), sums);
        }
    }

    /// Writes the gradients of some samples.
    fn inputs(&self, gradients: &[&[f32]], grad_x: &mut [f32]) {
        let sizes = self.convolution.sizes;
        let mut buffer = match &self.input {
            InputPass::ImplicitGemm(gemm, _) => gemm.input.buffer(),
            _ => Tensor::uninit(0),
        };
        let rows = sizes.m * sizes.n;
        for (gradient, grad_x) in gradients.iter().zip(grad_x.chunks_exact_mut(sizes.sample_in)) {
            let groups = gradient.chunks_exact(rows).zip(grad_x.chunks_exact_mut(sizes.group_in));
            for (group, (gradient, grad_x)) in groups.enumerate() {
                match &self.input {
                    InputPass::Nothing => {}
                    InputPass::ImplicitGemm(gemm, weights) => {
                        let padded = gemm.pad_input(gradient, buffer.data_mut());
                        gemm.run(padded, weights.part(group), None, grad_x);
                    }
                    InputPass::Winograd(tiles, weights) => {
                        tiles.run(gradient, weights, None, grad_x)
                    }
                    InputPass::Col2im(col2im) => {
                        let rows = group * sizes.m..(group + 1) * sizes.m;
                        let gradient = Matrix::view(gradient, sizes.m, sizes.n);
                        col2im.run(self.weight, rows, gradient, grad_x);
                    }
                }
            }
        }
    }

    /// From the gradients that are not zero after pooling, one sample after the other.
    fn run_sparse(&self, sparse: &Sparse, weights: &Tensor, samples: Range<usize>, wanted: Wanted) {
        let Convolution { sizes, epilogue, .. } = self.convolution;
        let Wanted { mut x, weight, mut bias } = wanted;
        if let Some(sums) = bias.as_deref_mut() {
            sums.fill(0.0);
        }
        let mut scratch = sparse.scratch(epilogue);
        for (i, sample) in samples.enumerate() {
            sparse.collect(self.outcome(sample), epilogue, &mut scratch, bias.as_deref_mut());
            if weight.is_some() {
                sparse.add_weights(self.sample(sample), &mut scratch);
            }
            if let Some(grad_x) = x.as_deref_mut() {
                let grad_x = &mut grad_x[i * sizes.sample_in..][..sizes.sample_in];
                sparse.inputs(weights, &mut scratch, grad_x);
            }
        }
        if let Some(sums) = weight {
            sparse.write_weights(&scratch, sums);
        }
    }
}
