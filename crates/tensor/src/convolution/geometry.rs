//! The sizes and options of a convolution.

use crate::{Shape, TensorError};

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
    /// Steps down and across from one output pixel to the next.
    pub stride: [usize; 2],
    /// Zeros above and to the left.
    pub padding_before: [usize; 2],
    /// Zeros below and to the right.
    pub padding_after: [usize; 2],
    /// Steps between neighbouring points of the kernel.
    pub dilation: [usize; 2],
    /// Groups of channels that are convolved independently.
    pub groups: usize,
}

/// The largest padded size and the largest stride.
const MOST: usize = i32::MAX as usize;

impl ConvGeometry {
    /// Height and width of the output: `(input + padding - dilation (kernel - 1) - 1) / stride + 1`, rounded down.
    ///
    /// # Errors
    /// Groups that do not divide the channels, sizes of 0, a kernel larger than the padded input, or sizes beyond 2^31.
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
        if channels == 0 || out_channels == 0 {
            return error("there must be at least 1 input and 1 output channel".to_string());
        }
        let mut output = [0; 2];
        for axis in 0..2 {
            let side = ["high", "wide"][axis];
            if self.input[axis] == 0 {
                return error(format!("the input is 0 {side}"));
            }
            let padded = self.input[axis]
                .saturating_add(self.padding_before[axis])
                .saturating_add(self.padding_after[axis]);
            let reach = self.reach(axis);
            if padded < reach {
                return error(format!(
                    "the kernel reaches over {reach} but the padded input is only {padded} {side}"
                ));
            }
            if padded > MOST || self.stride[axis] > MOST {
                return error(format!("the padded input is {padded} {side}, which is too large"));
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

    /// Rows or columns from the kernel's first point to its last, both included.
    pub(super) fn reach(&self, axis: usize) -> usize {
        self.dilation[axis].saturating_mul(self.kernel[axis] - 1).saturating_add(1)
    }

    /// The points of the kernel, in steps of the input: down and across.
    pub(super) fn points(self) -> impl Iterator<Item = [usize; 2]> + Clone {
        let Self { kernel: [height, width], dilation, .. } = self;
        (0..height * width).map(move |i| [i / width * dilation[0], i % width * dilation[1]])
    }
}
