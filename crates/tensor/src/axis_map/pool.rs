//! Averages of windows, as maps.

use super::{AxisMap, Term};
use crate::TensorError;

/// A window that moves along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Points of the window.
    pub kernel: usize,
    /// Steps between two windows.
    pub stride: usize,
    /// Places before and behind the axis that windows may cover.
    pub padding: usize,
    /// Steps between neighbouring points of the window.
    pub dilation: usize,
    /// Whether windows may start inside and end beyond the padding.
    pub ceil_mode: bool,
}

/// What the sum of a window is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divisor {
    /// The places of the window, padding included; what lies beyond the padding never counts.
    Padded,
    /// The numbers under the window.
    Inside,
    /// Nothing: the sum itself.
    One,
}

impl Window {
    /// How many windows there are along an axis of `size`, by PyTorch's rules. `side` says in errors what such an axis is: high, wide.
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
        let reach = dilation * (kernel - 1) + 1;
        let padded = size + 2 * padding;
        if padded < reach {
            return error(format!(
                "the window reaches over {reach} but the padded input is only {padded} {side}"
            ));
        }
        let room = padded - reach;
        Ok(match ceil_mode {
            false => room / stride + 1,
            true => {
                let count = room.div_ceil(stride) + 1;
                // The last window must start inside of the input or its padding on the left.
                if (count - 1) * stride >= size + padding { count - 1 } else { count }
            }
        })
    }
}

impl AxisMap {
    /// The averages of windows over an axis of `size` numbers (of neighbours: the dilation does not count).
    ///
    /// As in PyTorch, the average over several axes is that over one after the other.
    ///
    /// # Errors
    /// What [`Window::count`] refuses.
    pub fn average(size: usize, window: &Window, divisor: Divisor) -> Result<Self, TensorError> {
        let Window { kernel, stride, padding, .. } = *window;
        let outputs = Window { dilation: 1, ..*window }.count(size, "long")?;
        let terms = |output: usize| {
            let start = output * stride;
            let end = (start + kernel).min(size + 2 * padding);
            let inside = start.max(padding)..end.min(size + padding);
            let count = match divisor {
                Divisor::Padded => end - start,
                Divisor::Inside => inside.len(),
                Divisor::One => 1,
            };
            let weight = 1.0 / count as f32;
            inside.map(move |place| Term { index: (place - padding) as u32, weight })
        };
        Ok(AxisMap::new(size, (0..outputs).map(terms)))
    }

    /// The same map with all weights times `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: f32) -> Self {
        self.terms.iter_mut().for_each(|term| term.weight *= factor);
        self.copied = self.longest_copy();
        self
    }

    /// The averages of `outputs` windows that cover an axis evenly: window i from `i size / outputs`, rounded down, to
    /// `(i + 1) size / outputs`, rounded up.
    pub fn adaptive_average(size: usize, outputs: usize) -> Self {
        let window = |output: usize| {
            let window = adaptive_window(output, size, outputs);
            let weight = 1.0 / window.len() as f32;
            window.map(move |place| Term { index: place as u32, weight })
        };
        AxisMap::new(size, (0..outputs).map(window))
    }
}

/// The places that window `output` of `outputs` covers on an axis of `size`.
pub(crate) fn adaptive_window(
    output: usize,
    size: usize,
    outputs: usize,
) -> std::ops::Range<usize> {
    output * size / outputs..((output + 1) * size).div_ceil(outputs)
}
