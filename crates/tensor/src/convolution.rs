//! Two-dimensional convolution: lowered to matrix products, one sample at a time, in buffers that stay in cache.

use crate::gemm::{Matrix, gemm_serial};
use crate::reduce::sum_slice;
use crate::threads::{for_pieces, for_pieces2, rows_per_piece};
use crate::{Shape, Tensor, TensorError, simd};
use std::ops::Range;

/// The sizes and options of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    /// Channels of the input.
    pub channels: usize,
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Channels of the output.
    pub out_channels: usize,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps down and across between two places of the kernel.
    pub stride: [usize; 2],
    /// Zeros above and to the left.
    pub padding_before: [usize; 2],
    /// Zeros below and to the right.
    pub padding_after: [usize; 2],
    /// Steps between neighbouring points of the kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
}

impl ConvGeometry {
    /// Height and width of the output: `(input + padding - dilation (kernel - 1) - 1) / stride + 1`, rounded down.
    ///
    /// # Errors
    /// Groups that do not divide the channels, sizes of 0, or a kernel larger than the padded input.
    pub fn output(&self) -> Result<[usize; 2], TensorError> {
        let error = |problem| Err(TensorError::Geometry { operation: "conv2d", problem });
        let Self { channels, out_channels, groups, .. } = *self;
        if groups == 0 || channels % groups != 0 || out_channels % groups != 0 {
            return error(format!(
                "{groups} groups do not divide {channels} input and {out_channels} output channels"
            ));
        }
        if self.stride.contains(&0) || self.dilation.contains(&0) || self.kernel.contains(&0) {
            return error("kernel, stride and dilation must be at least 1".to_string());
        }
        let mut output = [0; 2];
        for axis in 0..2 {
            let padded = self.input[axis] + self.padding_before[axis] + self.padding_after[axis];
            let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            if padded < reach {
                let side = ["high", "wide"][axis];
                return error(format!(
                    "the kernel reaches over {reach} but the padded input is only {padded} {side}"
                ));
            }
            output[axis] = (padded - reach) / self.stride[axis] + 1;
        }
        Ok(output)
    }

    /// The shape of the weight: `[out_channels, channels / groups, kernel height, kernel width]`.
    pub fn weight_shape(&self) -> Shape {
        [self.out_channels, self.channels / self.groups.max(1), self.kernel[0], self.kernel[1]]
            .into()
    }

    fn sizes(&self) -> Result<Sizes, TensorError> {
        let [out_height, out_width] = self.output()?;
        let group_channels = self.channels / self.groups;
        Ok(Sizes {
            out_width,
            places: out_height * out_width,
            group_in: group_channels * self.input[0] * self.input[1],
            group_rows: self.out_channels / self.groups,
            lowered_rows: group_channels * self.kernel[0] * self.kernel[1],
            sample_in: self.channels * self.input[0] * self.input[1],
            sample_out: self.out_channels * out_height * out_width,
        })
    }

    /// Kernels of one point that move by one and see no padding need no lowering.
    fn is_pointwise(&self) -> bool {
        self.kernel == [1, 1]
            && self.stride == [1, 1]
            && self.padding_before == [0, 0]
            && self.padding_after == [0, 0]
    }
}

/// Sizes that follow from a geometry.
#[derive(Clone, Copy)]
struct Sizes {
    out_width: usize,
    /// Places of the kernel: output height times width.
    places: usize,
    /// Numbers of one group of a sample.
    group_in: usize,
    /// Output channels of one group.
    group_rows: usize,
    /// Rows of a lowered group: its channels times the kernel's points.
    lowered_rows: usize,
    sample_in: usize,
    sample_out: usize,
}

/// Convolves `[batch, channels, height, width]` with `weight`; `bias` has one number for each output channel.
///
/// # Errors
/// Shapes that do not fit the geometry.
pub fn conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    geometry: &ConvGeometry,
) -> Result<Tensor, TensorError> {
    let sizes = geometry.sizes()?;
    let batch = check(x, weight, geometry)?;
    let [height, width] = geometry.output()?;
    let mut out = Tensor::stale([batch, geometry.out_channels, height, width]);
    let (x, weight) = (x.data(), weight.data());
    for_pieces(out.data_mut(), sizes.sample_out, |sample, out| {
        let x = &x[sample * sizes.sample_in..][..sizes.sample_in];
        if let Some(bias) = bias {
            for (row, &b) in out.chunks_exact_mut(sizes.places).zip(bias.data()) {
                row.fill(b);
            }
        }
        let beta = if bias.is_some() { 1.0 } else { 0.0 };
        let mut buffer = lowering_buffer(geometry, &sizes);
        let groups = out.chunks_exact_mut(sizes.group_rows * sizes.places);
        for (group, out) in groups.enumerate() {
            let lowered = lower(group_of(x, group, sizes.group_in), geometry, &sizes, &mut buffer);
            gemm_serial(weight_of(weight, group, &sizes), lowered, beta, out);
        }
    });
    Ok(out)
}

/// The gradients of [`conv2d`] with respect to its input, weight and bias, each only if `wanted`.
///
/// # Errors
/// Shapes that do not fit the geometry.
pub fn conv2d_backward(
    x: &Tensor,
    weight: &Tensor,
    gradient: &Tensor,
    geometry: &ConvGeometry,
    wanted: [bool; 3],
) -> Result<[Option<Tensor>; 3], TensorError> {
    let sizes = geometry.sizes()?;
    let batch = check(x, weight, geometry)?;
    let [wants_x, wants_weight, wants_bias] = wanted;
    // A fixed number of partial sums whatever the number of threads, so that the bits do not depend on it.
    const PARTIAL_SUMS: usize = 8;
    let samples = batch.div_ceil(PARTIAL_SUMS).max(1);
    let mut grad_x = Tensor::stale(if wants_x { x.shape() } else { [0].into() });
    let parts = if wants_weight { batch.div_ceil(samples) } else { 0 };
    let mut grad_weights = Tensor::stale([parts, weight.count()]);
    let pass =
        Pass { x: x.data(), weight: weight.data(), gradient: gradient.data(), geometry, sizes };
    let samples_of = |i: usize| i * samples..((i + 1) * samples).min(batch);
    let piece_x = samples * sizes.sample_in;
    match (wants_x, wants_weight) {
        (true, true) => for_pieces2(
            (grad_x.data_mut(), piece_x),
            (grad_weights.data_mut(), weight.count()),
            |i, grad_x, grad_weight| pass.run(samples_of(i), Some(grad_x), Some(grad_weight)),
        ),
        (true, false) => for_pieces(grad_x.data_mut(), piece_x, |i, grad_x| {
            pass.run(samples_of(i), Some(grad_x), None)
        }),
        (false, true) => for_pieces(grad_weights.data_mut(), weight.count(), |i, grad_weight| {
            pass.run(samples_of(i), None, Some(grad_weight))
        }),
        (false, false) => {}
    }
    let grad_weight = match wants_weight {
        true => Some(grad_weights.sum_axis(0)?.reshape(weight.shape())?),
        false => None,
    };
    let grad_bias = wants_bias.then(|| {
        let mut sums = Tensor::stale(geometry.out_channels);
        let channels = rows_per_piece(batch * sizes.places, 1);
        for_pieces(sums.data_mut(), channels, |piece, sums| {
            for (i, sum) in sums.iter_mut().enumerate() {
                let at = (piece * channels + i) * sizes.places;
                let samples = gradient.data().chunks_exact(sizes.sample_out);
                *sum = samples.map(|sample| sum_slice(&sample[at..][..sizes.places])).sum();
            }
        });
        sums
    });
    Ok([wants_x.then_some(grad_x), grad_weight, grad_bias])
}

/// What the backward pass reads.
struct Pass<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    gradient: &'a [f32],
    geometry: &'a ConvGeometry,
    sizes: Sizes,
}

impl Pass<'_> {
    /// The gradients of some samples: of their inputs into `grad_x`, of the weight, summed, into `grad_weight`.
    fn run(
        &self,
        samples: Range<usize>,
        mut grad_x: Option<&mut [f32]>,
        mut grad_weight: Option<&mut [f32]>,
    ) {
        let Pass { geometry, sizes, .. } = self;
        let mut buffer = lowering_buffer(geometry, sizes);
        let mut scatter = lowering_buffer(geometry, sizes);
        let first = samples.start;
        for sample in samples {
            let x = &self.x[sample * sizes.sample_in..][..sizes.sample_in];
            let gradient = &self.gradient[sample * sizes.sample_out..][..sizes.sample_out];
            for group in 0..geometry.groups {
                let rows = sizes.group_rows * sizes.places;
                let gradient = &gradient[group * rows..][..rows];
                let gradient = Matrix::new(gradient, sizes.group_rows, sizes.places);
                if let Some(grad_weight) = grad_weight.as_deref_mut() {
                    let x = group_of(x, group, sizes.group_in);
                    let lowered = lower(x, geometry, sizes, &mut buffer);
                    let size = sizes.group_rows * sizes.lowered_rows;
                    let beta = if sample == first { 0.0 } else { 1.0 };
                    gemm_serial(
                        gradient,
                        lowered.t(),
                        beta,
                        &mut grad_weight[group * size..][..size],
                    );
                }
                if let Some(grad_x) = grad_x.as_deref_mut() {
                    let at = (sample - first) * sizes.sample_in + group * sizes.group_in;
                    let grad_x = &mut grad_x[at..][..sizes.group_in];
                    let weight = weight_of(self.weight, group, sizes).t();
                    if geometry.is_pointwise() {
                        gemm_serial(weight, gradient, 0.0, grad_x);
                    } else {
                        gemm_serial(weight, gradient, 0.0, scatter.data_mut());
                        grad_x.fill(0.0);
                        raise(scatter.data(), geometry, sizes, grad_x);
                    }
                }
            }
        }
    }
}

fn check(x: &Tensor, weight: &Tensor, geometry: &ConvGeometry) -> Result<usize, TensorError> {
    let [height, width] = geometry.input;
    match *x.dims() {
        [batch, c, h, w] if [c, h, w] == [geometry.channels, height, width] => {
            match weight.shape() == geometry.weight_shape() {
                true => Ok(batch),
                false => Err(TensorError::Mismatch {
                    operation: "conv2d",
                    left: weight.shape(),
                    right: geometry.weight_shape(),
                }),
            }
        }
        _ => Err(TensorError::Mismatch {
            operation: "conv2d",
            left: x.shape(),
            right: [geometry.channels, height, width].into(),
        }),
    }
}

fn group_of(x: &[f32], group: usize, size: usize) -> &[f32] {
    &x[group * size..][..size]
}

fn weight_of<'a>(weight: &'a [f32], group: usize, sizes: &Sizes) -> Matrix<'a> {
    let size = sizes.group_rows * sizes.lowered_rows;
    Matrix::new(&weight[group * size..][..size], sizes.group_rows, sizes.lowered_rows)
}

fn lowering_buffer(geometry: &ConvGeometry, sizes: &Sizes) -> Tensor {
    let rows = if geometry.is_pointwise() { 0 } else { sizes.lowered_rows };
    Tensor::stale([rows, sizes.places])
}

/// The lowered form of one group of a sample: a row for each channel and point of the kernel, a column for each place.
fn lower<'a>(
    x: &'a [f32],
    geometry: &ConvGeometry,
    sizes: &Sizes,
    buffer: &'a mut Tensor,
) -> Matrix<'a> {
    if geometry.is_pointwise() {
        return Matrix::new(x, sizes.lowered_rows, sizes.places);
    }
    let [height, width] = geometry.input;
    let mut rows = buffer.data_mut().chunks_exact_mut(sizes.places);
    for plane in x.chunks_exact(height * width) {
        for point in points(geometry) {
            let Some(row) = rows.next() else { break };
            for (y, line) in row.chunks_exact_mut(sizes.out_width).enumerate() {
                let Some(from) = point.source_row(y, geometry) else {
                    line.fill(0.0);
                    continue;
                };
                let from = &plane[from * width..][..width];
                let inside = point.inside(sizes.out_width, geometry);
                line[..inside.start].fill(0.0);
                line[inside.end..].fill(0.0);
                let step = geometry.stride[1];
                let start =
                    (inside.start * step + point.across).wrapping_sub(geometry.padding_before[1]);
                let line = &mut line[inside];
                match step {
                    _ if line.is_empty() => {}
                    1 => line.copy_from_slice(&from[start..start + line.len()]),
                    _ => {
                        for (slot, &value) in
                            line.iter_mut().zip(from[start..].iter().step_by(step))
                        {
                            *slot = value;
                        }
                    }
                }
            }
        }
    }
    Matrix::new(buffer.data(), sizes.lowered_rows, sizes.places)
}

/// Adds a lowered gradient back to the places that its numbers came from: the reverse of [`lower`].
fn raise(lowered: &[f32], geometry: &ConvGeometry, sizes: &Sizes, x: &mut [f32]) {
    let [height, width] = geometry.input;
    let mut rows = lowered.chunks_exact(sizes.places);
    for plane in x.chunks_exact_mut(height * width) {
        for point in points(geometry) {
            let Some(row) = rows.next() else { break };
            for (y, line) in row.chunks_exact(sizes.out_width).enumerate() {
                let Some(to) = point.source_row(y, geometry) else { continue };
                let to = &mut plane[to * width..][..width];
                let inside = point.inside(sizes.out_width, geometry);
                let step = geometry.stride[1];
                let start =
                    (inside.start * step + point.across).wrapping_sub(geometry.padding_before[1]);
                let line = &line[inside];
                match step {
                    _ if line.is_empty() => {}
                    1 => {
                        simd::map2_in_place(&mut to[start..start + line.len()], line, |a, b| a + b)
                    }
                    _ => {
                        for (slot, &value) in to[start..].iter_mut().step_by(step).zip(line) {
                            *slot += value;
                        }
                    }
                }
            }
        }
    }
}

/// One point of the kernel, in steps of the input.
struct Point {
    down: usize,
    across: usize,
}

impl Point {
    /// The input row under this point when the kernel stands at output row `y`; none in the padding.
    fn source_row(&self, y: usize, geometry: &ConvGeometry) -> Option<usize> {
        let row = (y * geometry.stride[0] + self.down).checked_sub(geometry.padding_before[0])?;
        (row < geometry.input[0]).then_some(row)
    }

    /// The output columns for which this point lies inside of the input.
    fn inside(&self, out_width: usize, geometry: &ConvGeometry) -> Range<usize> {
        let step = geometry.stride[1];
        let before = geometry.padding_before[1];
        let start = before.saturating_sub(self.across).div_ceil(step).min(out_width);
        let end = (geometry.input[1] + before).saturating_sub(self.across).div_ceil(step);
        start..end.clamp(start, out_width)
    }
}

fn points(geometry: &ConvGeometry) -> impl Iterator<Item = Point> {
    let ConvGeometry { kernel, dilation, .. } = *geometry;
    (0..kernel[0] * kernel[1]).map(move |i| Point {
        down: i / kernel[1] * dilation[0],
        across: i % kernel[1] * dilation[1],
    })
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
        let out = conv2d(&x, &Tensor::ones([1, 1, 2, 2]), None, &geometry()).unwrap();
        assert_eq!(out.data(), [8., 12., 20., 24.]);
    }

    #[test]
    fn padding_counts_as_zeros_on_its_side_only() {
        let x = Tensor::ones([1, 1, 3, 3]);
        let geometry = ConvGeometry { padding_after: [1, 1], ..geometry() };
        let out = conv2d(&x, &Tensor::ones([1, 1, 2, 2]), None, &geometry).unwrap();
        assert_eq!(out.data(), [4., 4., 2., 4., 4., 2., 2., 2., 1.]);
    }

    #[test]
    fn a_kernel_larger_than_its_input_is_refused() {
        let error = ConvGeometry { kernel: [4, 2], ..geometry() }.output().unwrap_err();
        assert!(error.to_string().contains("only 3 high"), "{error}");
        assert!(ConvGeometry { groups: 2, ..geometry() }.output().is_err());
    }
}
