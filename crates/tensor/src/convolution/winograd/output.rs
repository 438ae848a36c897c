//! A^T m A: the outputs from the products, and the transform of the outputs' gradient.

use super::{CHUNK, POINTS, Winograd};
use crate::simd::{self, Kernel};
use std::ops::Range;

/// Writes the outputs of a strip of tiles.
pub(super) struct OutputTransform<'a> {
    pub of: &'a Winograd,
    /// For each point `[rows, line]`.
    pub sums: &'a [f32],
    pub line: usize,
    /// Rows of tiles.
    pub tiles: Range<usize>,
    pub bias: Option<&'a [f32]>,
}

impl OutputTransform<'_> {
    /// To the planes of `out`, `[rows, output pixels]`.
    pub fn run(self, out: &mut [f32]) {
        let OutputTransform { of, sums, line, .. } = &self;
        let [height, width] = of.output;
        let planes = out.chunks_exact_mut(height * width);
        let point = Winograd::point(planes.len(), *line);
        for (row, plane) in planes.enumerate() {
            let bias = self.bias.map_or(0.0, |bias| bias[row]);
            for (i, tile) in self.tiles.clone().enumerate() {
                let lines = &mut plane[2 * tile * width..];
                let lines = lines.split_at_mut(width.min(lines.len()));
                let lower = (2 * tile + 1 < height).then_some(lines.1);
                let sums = &sums[row * line + i * of.across..];
                simd::dispatch(Tiles { of, sums, point, bias, upper: lines.0, lower });
            }
        }
    }
}

/// A row of tiles of one plane.
struct Tiles<'a> {
    of: &'a Winograd,
    sums: &'a [f32],
    /// Numbers from one point of the tiles to the next.
    point: usize,
    bias: f32,
    upper: &'a mut [f32],
    /// `None` where the output ends with the upper line.
    lower: Option<&'a mut [f32]>,
}

impl Kernel for Tiles<'_> {
    type Output = ();
    #[inline(always)]
    fn run(mut self) {
        let width = self.of.output[1];
        for at in (0..self.of.across).step_by(CHUNK) {
            let mut m = [[0.0; CHUNK]; POINTS];
            for (i, m) in m.iter_mut().enumerate() {
                m.copy_from_slice(&self.sums[i * self.point + at..][..CHUNK]);
            }
            let mut columns = [[[0.0; CHUNK]; 4]; 2];
            for c in 0..4 {
                for l in 0..CHUNK {
                    columns[0][c][l] = m[c][l] + m[4 + c][l] + m[8 + c][l];
                    columns[1][c][l] = m[4 + c][l] - m[8 + c][l] - m[12 + c][l];
                }
            }
            let mut outputs = [[0.0; 2 * CHUNK]; 2];
            for (output, c) in outputs.iter_mut().zip(&columns) {
                for l in 0..CHUNK {
                    output[2 * l] = c[0][l] + c[1][l] + c[2][l] + self.bias;
                    output[2 * l + 1] = c[1][l] - c[2][l] - c[3][l] + self.bias;
                }
            }
            let count = (width - 2 * at).min(2 * CHUNK);
            store(&outputs[0], &mut self.upper[2 * at..][..count]);
            if let Some(lower) = self.lower.as_deref_mut() {
                store(&outputs[1], &mut lower[2 * at..][..count]);
            }
        }
    }
}

/// Copies as many numbers as `to` holds; all of them, the most common case, without a call.
#[inline(always)]
fn store(from: &[f32; 2 * CHUNK], to: &mut [f32]) {
    match <&mut [f32; 2 * CHUNK]>::try_from(&mut *to) {
        Ok(to) => *to = *from,
        Err(_) => to.copy_from_slice(&from[..to.len()]),
    }
}

/// A dy A^T: the gradient of the products from a gradient of the output.
pub(super) fn transform_gradient(of: &Winograd, gradient: &[f32], line: usize, to: &mut [f32]) {
    let [height, width] = of.output;
    let planes = gradient.chunks_exact(height * width);
    let point = Winograd::point(planes.len(), line);
    for (row, plane) in planes.enumerate() {
        for tile in 0..of.down {
            let upper = &plane[2 * tile * width..][..width];
            let lower = plane
                .get((2 * tile + 1) * width..)
                .map_or(&[][..], |rest| &rest[..width.min(rest.len())]);
            let to = &mut to[row * line + tile * of.across..];
            simd::dispatch(Gradients { across: of.across, upper, lower, to, point });
        }
    }
}

/// A row of tiles of one plane of a gradient.
struct Gradients<'a> {
    across: usize,
    upper: &'a [f32],
    /// Empty where the output ends with the upper line.
    lower: &'a [f32],
    to: &'a mut [f32],
    point: usize,
}

impl Kernel for Gradients<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Gradients { across, upper, lower, to, point } = self;
        for at in (0..across).step_by(CHUNK) {
            let mut lines = [[0.0; 2 * CHUNK]; 2];
            for (line, from) in lines.iter_mut().zip([upper, lower]) {
                let from = &from[(2 * at).min(from.len())..];
                match from.first_chunk() {
                    Some(from) => *line = *from,
                    None => line[..from.len()].copy_from_slice(from),
                }
            }
            // The columns first: y, y0 + y1 and y0 - y1 of each line, and -y1.
            let mut columns = [[[0.0; CHUNK]; 4]; 2];
            for (columns, line) in columns.iter_mut().zip(&lines) {
                for l in 0..CHUNK {
                    let (even, odd) = (line[2 * l], line[2 * l + 1]);
                    columns[0][l] = even;
                    columns[1][l] = even + odd;
                    columns[2][l] = even - odd;
                    columns[3][l] = -odd;
                }
            }
            for c in 0..4 {
                let mut m = [[0.0; CHUNK]; 4];
                for l in 0..CHUNK {
                    let (upper, lower) = (columns[0][c][l], columns[1][c][l]);
                    m[0][l] = upper;
                    m[1][l] = upper + lower;
                    m[2][l] = upper - lower;
                    m[3][l] = -lower;
                }
                for (i, m) in m.iter().enumerate() {
                    to[(4 * i + c) * point + at..][..CHUNK].copy_from_slice(m);
                }
            }
        }
    }
}
