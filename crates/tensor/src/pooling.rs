//! Max-pooling in two dimensions.

use crate::axis_map::{Window, adaptive_window};
use crate::threads::{Pieces, for_pieces, for_pieces2, rows_per_piece};
use crate::{Indices, Tensor, TensorError, simd};

/// The sizes and options of a pooling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolGeometry {
    /// Height and width of the input.
    pub input: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps down and across between two windows.
    pub stride: [usize; 2],
    /// Padding above and below, left and right, with negative infinity.
    pub padding: [usize; 2],
    /// Steps between neighbouring points of the window.
    pub dilation: [usize; 2],
    /// Whether the output size is rounded up: the last windows may then end outside of the padding.
    pub ceil_mode: bool,
}

impl PoolGeometry {
    /// Height and width of the output, by PyTorch's rules.
    ///
    /// # Errors
    /// Sizes of 0, padding of more than half the kernel, a window larger than the padded input, or a plane of more than
    /// 2^32 numbers, whose positions do not fit into [`Indices`].
    pub fn output(&self) -> Result<[usize; 2], TensorError> {
        if !has_positions(self.input) {
            let [height, width] = self.input;
            return Err(TensorError::Geometry {
                operation: "pooling",
                problem: format!("a plane of {height} x {width} has more than 2^32 numbers"),
            });
        }
        let [height, width] = [0, 1].map(|axis| self.window(axis));
        Ok([height.count(self.input[0], "high")?, width.count(self.input[1], "wide")?])
    }

    fn window(&self, axis: usize) -> Window {
        Window {
            kernel: self.kernel[axis],
            stride: self.stride[axis],
            padding: self.padding[axis],
            dilation: self.dilation[axis],
            ceil_mode: self.ceil_mode,
        }
    }
}

/// The largest number of each window over `[batch, channels, height, width]`, and its position in its plane.
///
/// The first of several equal numbers is taken, and NaN before all others.
///
/// # Errors
/// An input that does not fit the geometry.
pub fn maxpool2d(x: &Tensor, geometry: &PoolGeometry) -> Result<(Tensor, Indices), TensorError> {
    let [out_height, out_width] = geometry.output()?;
    let [batch, channels, height, width] = planes(x, geometry)?;
    let shape = [batch, channels, out_height, out_width];
    let (mut out, mut indices) = (Tensor::try_uninit(shape)?, Indices::uninit(shape));
    if out.count() == 0 {
        return Ok((out, indices));
    }
    let sample = channels * height * width;
    let pooled = channels * out_height * out_width;
    let outs = Pieces::new(out.data_mut(), pooled);
    for_pieces2(outs, Pieces::new(indices.data_mut(), pooled), |i, out, indices| {
        pool_planes(&x.data()[i * sample..][..sample], geometry, out_width, out, indices);
    });
    Ok((out, indices))
}

/// Pools one plane after the other.
pub(crate) fn pool_planes(
    x: &[f32],
    geometry: &PoolGeometry,
    out_width: usize,
    out: &mut [f32],
    indices: &mut [u32],
) {
    let [height, width] = geometry.input;
    let planes = x.chunks_exact((height * width).max(1));
    let pooled = out.len() / planes.len().max(1);
    if pooled == 0 {
        return;
    }
    let halves = geometry.kernel == [2, 2]
        && geometry.stride == [2, 2]
        && geometry.padding == [0, 0]
        && geometry.dilation == [1, 1]
        && !geometry.ceil_mode
        && out_width >= WINDOWS;
    let outs = out.chunks_exact_mut(pooled).zip(indices.chunks_exact_mut(pooled));
    for (x, (out, indices)) in planes.zip(outs) {
        if halves {
            simd::dispatch(Halve { x, width, out_width, out, indices });
            continue;
        }
        let rows = out.chunks_exact_mut(out_width).zip(indices.chunks_exact_mut(out_width));
        rows.enumerate().for_each(|(y, (out, indices))| pool_row(x, geometry, y, out, indices));
    }
}

/// A plane under windows of 2 x 2 that do not overlap.
struct Halve<'a> {
    x: &'a [f32],
    width: usize,
    out_width: usize,
    out: &'a mut [f32],
    indices: &'a mut [u32],
}

impl simd::Kernel for Halve<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Halve { x, width, out_width, .. } = self;
        let rows = self.out.chunks_exact_mut(out_width);
        let rows = rows.zip(self.indices.chunks_exact_mut(out_width)).enumerate();
        for (y, (out, indices)) in rows {
            let top = 2 * y * width;
            let (upper, lower) = (&x[top..top + width], &x[top + width..top + 2 * width]);
            for start in (0..out_width).step_by(WINDOWS) {
                // The last block overlaps the one before it where the width asks for it.
                let at = start.min(out_width - WINDOWS);
                let [a, b] = [upper, lower].map(|line| line[2 * at..].first_chunk());
                let (out, indices) = (out[at..].first_chunk_mut(), indices[at..].first_chunk_mut());
                let (Some(a), Some(b), Some(out), Some(indices)) = (a, b, out, indices) else {
                    continue;
                };
                halve(a, b, (top + 2 * at) as u32, width as u32, out, indices);
            }
        }
    }
}

/// Windows of 2 x 2 that are pooled at once.
const WINDOWS: usize = 8;

/// Some windows, the first of them at position `first` of a plane of this width.
#[inline(always)]
fn halve(
    upper: &[f32; 2 * WINDOWS],
    lower: &[f32; 2 * WINDOWS],
    first: u32,
    width: u32,
    out: &mut [f32; WINDOWS],
    indices: &mut [u32; WINDOWS],
) {
    for i in 0..WINDOWS {
        let at = first + (2 * i) as u32;
        let (mut best, mut place) = (upper[2 * i], at);
        let others = [(upper[2 * i + 1], 1), (lower[2 * i], width), (lower[2 * i + 1], width + 1)];
        for (x, step) in others {
            let wins = (x > best) | x.is_nan();
            best = if wins { x } else { best };
            place = if wins { at + step } else { place };
        }
        (out[i], indices[i]) = (best, place);
    }
}

/// One output row of windows of any size.
fn pool_row(x: &[f32], geometry: &PoolGeometry, y: usize, out: &mut [f32], indices: &mut [u32]) {
    simd::dispatch(AnyWindows { x, geometry, y, out, indices });
}

/// One output row of windows of any size: point after point of the window, for all windows at once.
struct AnyWindows<'a> {
    x: &'a [f32],
    geometry: &'a PoolGeometry,
    y: usize,
    out: &'a mut [f32],
    indices: &'a mut [u32],
}

impl simd::Kernel for AnyWindows<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let AnyWindows { x, geometry, y, out, indices } = self;
        let PoolGeometry { input: [height, width], kernel, stride, padding, dilation, .. } =
            *geometry;
        out.fill(f32::NEG_INFINITY);
        indices.fill(0);
        let inside = |point: &usize| {
            let row = (y * stride[0] + point * dilation[0]).checked_sub(padding[0]);
            row.filter(|&row| row < height)
        };
        let mut rows = (0..kernel[0]).filter_map(|point| inside(&point)).peekable();
        if let Some(&first) = rows.peek() {
            // Where nothing is larger than negative infinity, the first number under the window wins.
            for (i, index) in indices.iter_mut().enumerate() {
                let mut columns = (0..kernel[1]).filter_map(|point| {
                    (i * stride[1] + point * dilation[1]).checked_sub(padding[1])
                });
                if let Some(column) = columns.next().filter(|&column| column < width) {
                    *index = (first * width + column) as u32;
                }
            }
        }
        for row in rows {
            for point in 0..kernel[1] {
                let offset = point * dilation[1];
                // The windows whose point lies inside of the row.
                let from = padding[1].saturating_sub(offset).div_ceil(stride[1]).min(out.len());
                let remaining = (width + padding[1]).saturating_sub(offset);
                let to = remaining.div_ceil(stride[1]).clamp(from, out.len());
                if from == to {
                    continue;
                }
                let column = from * stride[1] + offset - padding[1];
                let line = &x[row * width + column..(row + 1) * width];
                let at = (row * width + column) as u32;
                let (out, indices) = (&mut out[from..to], &mut indices[from..to]);
                match stride[1] {
                    1 => offer::<1>(line, at, out, indices),
                    2 => offer::<2>(line, at, out, indices),
                    3 => offer::<3>(line, at, out, indices),
                    stride => {
                        let numbers = line.iter().step_by(stride).zip(out).zip(indices);
                        for (i, ((&x, best), place)) in numbers.enumerate() {
                            take_larger(x, at + (i * stride) as u32, best, place);
                        }
                    }
                }
            }
        }
    }
}

/// Offers every `S`-th number of a line, the first of them at position `at` of its plane, to one window after the
/// other.
#[inline(always)]
fn offer<const S: usize>(line: &[f32], at: u32, out: &mut [f32], indices: &mut [u32]) {
    // All but the last have a whole step of the line after them.
    let (Some((last, out)), Some((last_place, indices))) =
        (out.split_last_mut(), indices.split_last_mut())
    else {
        return;
    };
    let count = out.len();
    let steps = line.chunks_exact(S).zip(out).zip(indices);
    for (i, ((step, best), place)) in steps.enumerate() {
        take_larger(step[0], at + (i * S) as u32, best, place);
    }
    take_larger(line[count * S], at + (count * S) as u32, last, last_place);
}

/// The first of several equal numbers stays, and NaN comes before all others.
#[inline(always)]
fn take_larger(x: f32, at: u32, best: &mut f32, place: &mut u32) {
    let wins = (x > *best) | x.is_nan();
    *best = if wins { x } else { *best };
    *place = if wins { at } else { *place };
}

/// The gradient of the input of [`maxpool2d`]: each number is added at the position of its maximum.
///
/// # Errors
/// Shapes that do not fit each other, or a position outside of its plane.
pub fn maxpool2d_backward(
    input: crate::Shape,
    indices: &Indices,
    gradient: &Tensor,
) -> Result<Tensor, TensorError> {
    let mismatch = |left, right| Err(TensorError::Mismatch { operation: "pooling", left, right });
    if indices.shape() != gradient.shape() {
        return mismatch(indices.shape(), gradient.shape());
    }
    if input.rank() != 4 || gradient.rank() != 4 || input[..2] != gradient.dims()[..2] {
        return mismatch(gradient.shape(), input);
    }
    let plane = input.tail(2).count();
    check_positions(indices, plane)?;
    let places = gradient.shape().tail(2).count();
    let mut out = Tensor::try_uninit(input)?;
    if out.count() == 0 {
        return Ok(out);
    }
    let (indices, gradient) = (indices.data(), gradient.data());
    for_pieces(out.data_mut(), input[1] * plane, |sample, out| {
        out.fill(0.0);
        for (channel, to) in out.chunks_exact_mut(plane.max(1)).enumerate() {
            let at = (sample * input[1] + channel) * places;
            for (&index, &g) in indices[at..at + places].iter().zip(&gradient[at..at + places]) {
                to[index as usize] += g;
            }
        }
    });
    Ok(out)
}

/// The largest numbers of `[batch, channels, height, width]` under `output` windows that cover each plane evenly
/// (window i from `i size / output`, rounded down, to `(i + 1) size / output`, rounded up), and their positions in
/// their planes.
///
/// The first of several equal numbers is taken, and NaN before all others. [`maxpool2d_backward`] gives the gradient.
///
/// # Errors
/// Not four axes, planes of more than 2^32 numbers or of none, or an output that does not fit into memory.
pub fn adaptive_maxpool2d(
    x: &Tensor,
    output: [usize; 2],
) -> Result<(Tensor, Indices), TensorError> {
    let [batch, channels, height, width] = match *x.dims() {
        [n, c, h, w] if h > 0 && w > 0 && has_positions([h, w]) => [n, c, h, w],
        _ => {
            let wanted = "[batch, channels, height, width] with planes of 1 to 2^32 numbers";
            return Err(TensorError::Rank { operation: "pooling", wanted, given: x.shape() });
        }
    };
    let shape = [batch, channels, output[0], output[1]];
    let (mut out, mut indices) = (Tensor::try_uninit(shape)?, Indices::uninit(shape));
    if out.count() == 0 {
        return Ok((out, indices));
    }
    let (plane, pooled) = (height * width, output[0] * output[1]);
    let planes = rows_per_piece(plane.max(pooled), 4);
    let outs = Pieces::new(out.data_mut(), planes * pooled);
    for_pieces2(outs, Pieces::new(indices.data_mut(), planes * pooled), |i, out, indices| {
        let planes = x.data()[i * planes * plane..].chunks_exact(plane);
        let outs = out.chunks_exact_mut(pooled).zip(indices.chunks_exact_mut(pooled));
        for (x, (out, indices)) in planes.zip(outs) {
            for (at, (slot, index)) in out.iter_mut().zip(indices).enumerate() {
                let rows = adaptive_window(at / output[1], height, output[0]);
                let columns = adaptive_window(at % output[1], width, output[1]);
                let first = rows.start * width + columns.start;
                (*slot, *index) = (f32::NEG_INFINITY, first as u32);
                for row in rows {
                    let first = row * width + columns.start;
                    for (i, &value) in x[first..][..columns.len()].iter().enumerate() {
                        take_larger(value, (first + i) as u32, slot, index);
                    }
                }
            }
        }
    });
    Ok((out, indices))
}

/// Checks that all positions lie in a plane of so many numbers.
///
/// # Errors
/// One does not.
pub(crate) fn check_positions(positions: &Indices, plane: usize) -> Result<(), TensorError> {
    let largest = positions.data().iter().fold(0, |largest: u32, &position| largest.max(position));
    if positions.count() > 0 && largest as usize >= plane {
        return Err(TensorError::Index { index: largest as usize, size: plane });
    }
    Ok(())
}

/// Whether every position in a plane is a u32.
fn has_positions([height, width]: [usize; 2]) -> bool {
    height.checked_mul(width).is_some_and(|count| count as u64 <= 1 << 32)
}

fn planes(x: &Tensor, geometry: &PoolGeometry) -> Result<[usize; 4], TensorError> {
    match *x.dims() {
        [n, c, h, w] if [h, w] == geometry.input => Ok([n, c, h, w]),
        _ => Err(TensorError::Mismatch {
            operation: "pooling",
            left: x.shape(),
            right: geometry.input.into(),
        }),
    }
}
