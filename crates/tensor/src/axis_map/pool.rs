//! Average pooling along one axis, as maps.

use super::{AxisMap, Term};
use crate::TensorError;

/// A window that moves along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Points of the window.
    pub kernel: usize,
    /// Steps from one window to the next.
    pub stride: usize,
    /// Padding on both ends of the axis that windows may cover.
    pub padding: usize,
    /// Steps between neighbouring points of the window.
    pub dilation: usize,
    /// Whether the number of windows is rounded up: the last one may then end outside of the padding.
    pub ceil_mode: bool,
}

/// What the sum of a window is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// The points of the window, padding included. Points outside of the padding never count.
    Padded,
    /// The numbers in the window, without padding.
    Inside,
    /// Nothing: the sum itself.
    One,
}

impl Window {
    /// How many windows there are along an axis of `size`, by PyTorch's rules. Errors say that the axis is so many
    /// `side`: high, wide.
    ///
    /// # Errors
    /// Sizes of 0, padding of more than half the kernel, or a window larger than the padded axis.
    pub fn count(&self, size: usize, side: &str) -> Result<usize, TensorError> {
        let Window { kernel, stride, padding, dilation, ceil_mode } = *self;
        let error = |problem| Err(TensorError::Geometry { operation: "pooling", problem });
        if stride == 0 || dilation == 0 || kernel == 0 {
            return error("kernel, stride and dilation must be at least 1".to_string());
        }
        if padding > kernel / 2 {
            return error(format!(
                "a padding of {padding} is more than half the kernel of {kernel}"
            ));
        }
        if size == 0 {
            return error(format!("the input is 0 {side}"));
        }
        let reach = dilation.saturating_mul(kernel - 1).saturating_add(1);
        let padded = size.saturating_add(padding.saturating_mul(2));
        if padded < reach || padded == usize::MAX {
            return error(format!(
                "the window reaches over {reach} but the padded input is only {padded} {side}"
            ));
        }
        let steps = padded - reach;
        Ok(match ceil_mode {
            false => steps / stride + 1,
            true => {
                let count = steps.div_ceil(stride) + 1;
                // The last window must start inside of the input or of the padding before it.
                let last = (count - 1).saturating_mul(stride);
                if last >= size.saturating_add(padding) { count - 1 } else { count }
            }
        })
    }
}

impl AxisMap {
    /// The averages of windows over an axis of `size` numbers. The dilation is ignored.
    ///
    /// The average over several axes is that over one axis after the other, as in PyTorch.
    ///
    /// # Errors
    /// What [`Window::count`] refuses.
    pub fn average(size: usize, window: &Window, divisor: Divisor) -> Result<Self, TensorError> {
        let Window { kernel, stride, padding, .. } = *window;
        let outputs = Window { dilation: 1, ..*window }.count(size, "long")?;
        super::check_sizes("pooling", [size, outputs])?;
        let terms = |output: usize| {
            let start = output * stride;
            let end = start.saturating_add(kernel).min(size + 2 * padding);
            let inside = start.max(padding)..end.min(size + padding);
            let count = match divisor {
                Divisor::Padded => end - start,
                Divisor::Inside => inside.len(),
                Divisor::One => 1,
            };
            let weight = 1.0 / count as f32;
            inside.map(move |position| Term { index: (position - padding) as u32, weight })
        };
        Ok(AxisMap::new(size, (0..outputs).map(terms)))
    }

    /// The map with all weights times `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: f32) -> Self {
        self.terms.iter_mut().for_each(|term| term.weight *= factor);
        self.copied = self.longest_copy();
        self
    }

    /// The averages of `outputs` windows that cover an axis evenly: window i from `i size / outputs`, rounded down, to
    /// `(i + 1) size / outputs`, rounded up.
    ///
    /// # Errors
    /// An empty axis, or sizes that do not fit into 32 bits.
    pub fn adaptive_average(size: usize, outputs: usize) -> Result<Self, TensorError> {
        super::check_sizes("pooling", [size, outputs])?;
        let window = |output: usize| {
            let window = adaptive_window(output, size, outputs);
            let weight = 1.0 / window.len() as f32;
            window.map(move |position| Term { index: position as u32, weight })
        };
        Ok(AxisMap::new(size, (0..outputs).map(window)))
    }
}

/// The range that window `output` of `outputs` covers on an axis of `size`.
pub(crate) fn adaptive_window(
    output: usize,
    size: usize,
    outputs: usize,
) -> std::ops::Range<usize> {
    output * size / outputs..((output + 1) * size).div_ceil(outputs)
}
