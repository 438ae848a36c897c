//! Volumes as frames for a kernel that moves along the depth, and back.
//!
//! The part of a volume under a kernel of depth `kernel` at one position becomes one image with `kernel` times the
//! channels, in the order of a weight `[out, channels, kernel, height, width]`. A convolution in two dimensions does
//! the rest.

use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Shape, Tensor, TensorError, threads};
use std::ops::RangeInclusive;

/// The geometry of a kernel along the depth of `[batch, channels, depth, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// Channels of the volume.
    pub channels: usize,
    /// Depth of the volume.
    pub depth: usize,
    /// Depth of the kernel.
    pub kernel: usize,
    /// Steps between two positions of the kernel.
    pub stride: usize,
    /// Frames of zeros before the first.
    pub before: usize,
    /// Steps between neighbouring points of the kernel.
    pub dilation: usize,
    /// Positions of the kernel: images for each volume.
    pub output_depth: usize,
}

impl Frames {
    /// Every frame separately: `[batch, channels, depth, ...]` to `[batch depth, channels, ...]`.
    pub fn single(channels: usize, depth: usize) -> Self {
        Frames {
            channels,
            depth,
            kernel: 1,
            stride: 1,
            before: 0,
            dilation: 1,
            output_depth: depth,
        }
    }

    /// The frame of the volume under a point of the kernel; `None` in the padding.
    fn frame(&self, position: usize, point: usize) -> Option<usize> {
        let at = position * self.stride + point * self.dilation;
        at.checked_sub(self.before).filter(|&frame| frame < self.depth)
    }

    /// `[batch, channels, depth, height, width]` to `[batch output_depth, channels kernel, height, width]`.
    fn gather(&self, x: &Tensor) -> Result<Tensor, TensorError> {
        let (batch, height, width) = match *x.dims() {
            [n, c, d, h, w] if [c, d] == [self.channels, self.depth] => (n, h, w),
            _ => return Err(self.mismatch(x.shape())),
        };
        let frame = height * width;
        let mut out =
            Tensor::uninit([batch * self.output_depth, self.channels * self.kernel, height, width]);
        threads::for_pieces(out.data_mut(), self.channels * self.kernel * frame, |i, out| {
            let (sample, position) = (i / self.output_depth, i % self.output_depth);
            for (j, to) in out.chunks_exact_mut(frame.max(1)).enumerate() {
                let (channel, point) = (j / self.kernel, j % self.kernel);
                match self.frame(position, point) {
                    Some(at) => {
                        let from = (sample * self.channels + channel) * self.depth + at;
                        to.copy_from_slice(&x.data()[from * frame..][..frame]);
                    }
                    None => to.fill(0.0),
                }
            }
        });
        Ok(out)
    }

    /// The transpose of `gather`: every frame gets the sum of its copies.
    fn scatter(&self, y: &Tensor) -> Result<Tensor, TensorError> {
        let (batch, height, width) = match *y.dims() {
            [n, c, h, w] if c == self.channels * self.kernel && n % self.output_depth == 0 => {
                (n / self.output_depth, h, w)
            }
            _ => return Err(self.mismatch(y.shape())),
        };
        let frame = height * width;
        let mut out = Tensor::uninit([batch, self.channels, self.depth, height, width]);
        threads::for_pieces(out.data_mut(), self.depth * frame, |i, out| {
            let (sample, channel) = (i / self.channels, i % self.channels);
            out.fill(0.0);
            for position in 0..self.output_depth {
                for point in 0..self.kernel {
                    let Some(at) = self.frame(position, point) else { continue };
                    let picture = (sample * self.output_depth + position) * self.channels + channel;
                    let from = &y.data()[(picture * self.kernel + point) * frame..][..frame];
                    let to = &mut out[at * frame..][..frame];
                    to.iter_mut().zip(from).for_each(|(sum, x)| *sum += x);
                }
            }
        });
        Ok(out)
    }

    fn mismatch(&self, left: Shape) -> TensorError {
        let right = [self.channels, self.depth].into();
        TensorError::Mismatch { operation: "frames", left, right }
    }
}

/// A volume cut into the images under a kernel, with zeros as padding.
#[derive(Clone, Copy, Debug)]
pub struct Gather(pub Frames);

/// Images put together into a volume; where they overlap they are summed.
#[derive(Clone, Copy, Debug)]
pub struct Scatter(pub Frames);

impl Op for Gather {
    fn name(&self) -> &'static str {
        "frames"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.0.gather(inputs[0])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, self.0.scatter(&pass.gradient)?);
        Ok(())
    }
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        "frames"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        Ok(self.0.scatter(inputs[0])?)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        pass.give(0, self.0.gather(&pass.gradient)?);
        Ok(())
    }
}
