//! The input of an implicit GEMM: the planes of a sample, padded.
//!
//! For strides above 1 the planes are also split into phases (every second row, every second column). What one point of
//! the kernel reads for neighbouring output pixels is then contiguous whatever the options are, and a product can read
//! it in place. One copy of the input takes the place of im2col's one copy for each point of the kernel.

use crate::simd::LANES;
use crate::{Tensor, TensorError};

/// How the planes of a sample are laid out: `[channels, row phases, column phases, rows, columns]`.
#[derive(Clone, Debug)]
pub(super) struct PaddedInput {
    channels: usize,
    /// Height and width of a plane of the source.
    source: [usize; 2],
    /// Rows of padding above and columns of padding to the left. Negative if the first rows or columns are not read.
    before: [isize; 2],
    stride: [usize; 2],
    /// Rows and columns of one phase.
    phase: [usize; 2],
}

impl PaddedInput {
    /// The layout of `channels` planes for a kernel that reaches over `reach` and gives an output of size `output`.
    pub fn new(
        channels: usize,
        source: [usize; 2],
        before: [isize; 2],
        stride: [usize; 2],
        reach: [usize; 2],
        output: [usize; 2],
    ) -> Self {
        let phase = [0, 1].map(|axis| {
            // What the last output pixel reads, in steps of the stride.
            output[axis] + (reach[axis] - 1) / stride[axis]
        });
        PaddedInput { channels, source, before, stride, phase }
    }

    /// # Errors
    /// Offsets of numbers do not fit into 32 bits.
    pub fn check_offsets(&self) -> Result<(), TensorError> {
        let [rows, columns] = self.phase;
        let sizes = [self.stride[0], self.stride[1], rows, columns, self.channels, 1];
        let count = sizes.iter().try_fold(1u32, |n, &size| n.checked_mul(size.try_into().ok()?));
        if count.is_none_or(|count| count > u32::MAX - 4 * LANES as u32) {
            let [height, width] = self.source;
            let problem =
                format!("{} padded channels of {height} x {width} are too large", self.channels);
            return Err(TensorError::Geometry { operation: "conv2d", problem });
        }
        Ok(())
    }

    /// Numbers from the start of one row to the next.
    pub fn row(&self) -> usize {
        self.phase[1]
    }

    /// Where the kernel point `down` and `across` of a channel reads for the first output pixel.
    pub fn offset(&self, channel: usize, down: usize, across: usize) -> usize {
        let [stride_y, stride_x] = self.stride;
        let phase = (down % stride_y) * stride_x + across % stride_x;
        let plane = self.phase[0] * self.phase[1];
        (channel * stride_y * stride_x + phase) * plane
            + down / stride_y * self.phase[1]
            + across / stride_x
    }

    /// How many numbers there are, with room for a vector that starts at the last one.
    pub fn count(&self) -> usize {
        let planes = self.channels * self.stride[0] * self.stride[1];
        planes * self.phase[0] * self.phase[1] + 2 * LANES
    }

    /// Whether the source has this layout already.
    pub fn is_source(&self) -> bool {
        self.before == [0, 0] && self.stride == [1, 1] && self.phase == self.source
    }

    /// A buffer for one sample.
    pub fn buffer(&self) -> Tensor {
        Tensor::uninit(self.count())
    }

    /// Copies a sample's planes into this layout.
    pub fn fill(&self, source: &[f32], to: &mut [f32]) {
        let [height, width] = self.source;
        let [stride_y, stride_x] = self.stride;
        let [rows, columns] = self.phase;
        let mut lines = to[..self.count() - 2 * LANES].chunks_exact_mut(columns);
        for plane in source.chunks_exact(height * width) {
            for phase_y in 0..stride_y {
                for phase_x in 0..stride_x {
                    // The columns of this phase that lie inside of the source.
                    let first = self.inside(1, phase_x, width);
                    for row in 0..rows {
                        let Some(line) = lines.next() else { return };
                        let y = (row * stride_y + phase_y) as isize - self.before[0];
                        if y < 0 || y >= height as isize {
                            line.fill(0.0);
                            continue;
                        }
                        let from = &plane[y as usize * width..][..width];
                        let x = (first.start * stride_x + phase_x) as isize - self.before[1];
                        line[..first.start].fill(0.0);
                        line[first.end..].fill(0.0);
                        let line = &mut line[first.clone()];
                        match stride_x {
                            _ if line.is_empty() => {}
                            1 => line.copy_from_slice(&from[x as usize..][..line.len()]),
                            _ => {
                                let from = from[x as usize..].iter().step_by(stride_x);
                                line.iter_mut().zip(from).for_each(|(to, &x)| *to = x);
                            }
                        }
                    }
                }
            }
        }
        to[self.count() - 2 * LANES..self.count()].fill(0.0);
    }

    /// The rows or columns of a phase that lie inside of a source of this size.
    fn inside(&self, axis: usize, phase: usize, size: usize) -> std::ops::Range<usize> {
        let stride = self.stride[axis] as isize;
        let before = self.before[axis] - phase as isize;
        let at = |position: isize| (position + before).max(0) + stride - 1;
        let start = (at(0) / stride) as usize;
        let end = (at(size as isize) / stride) as usize;
        let start = start.min(self.phase[axis]);
        start..end.clamp(start, self.phase[axis])
    }
}
