//! Resizing, as maps: PyTorch's `interpolate`, along one axis.

use super::{AxisMap, Term};
use crate::TensorError;

/// How numbers between the given ones are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The number at or before the position: PyTorch's `nearest`.
    Nearest,
    /// The number whose centre is nearest, as in scikit-image and Pillow: PyTorch's `nearest-exact`.
    NearestExact,
    /// On a line between the two neighbours.
    Linear {
        /// Whether the centres of the first and the last number keep their positions; otherwise their outer edges do.
        align_corners: bool,
    },
    /// On a cubic curve through the four neighbours (Keys, "Cubic convolution interpolation for digital image
    /// processing", 1981, with a = -0.75).
    Cubic {
        /// As for [`Interpolation::Linear`].
        align_corners: bool,
    },
}

/// The factor by which an axis grows. It need not be a whole number.
pub type Scale = f64;

impl AxisMap {
    /// An axis of `size` numbers resized to `output`.
    ///
    /// Positions are computed in single precision, as in PyTorch: from `scale` if it is given (`output` is then the
    /// product, rounded down), otherwise from the two sizes.
    ///
    /// # Errors
    /// An empty axis, sizes that do not fit into 32 bits, or a scale that is not a positive number.
    pub fn resized(
        size: usize,
        output: usize,
        scale: Option<Scale>,
        interpolation: Interpolation,
    ) -> Result<Self, TensorError> {
        super::check_sizes("resizing", [size, output])?;
        if let Some(scale) =
            scale.filter(|&scale| !((1.0 / scale) as f32).is_finite() || scale <= 0.0)
        {
            let problem = format!("a scale is a positive number, not {scale}");
            return Err(TensorError::Geometry { operation: "resizing", problem });
        }
        let step = match scale {
            Some(scale) => (1.0 / scale) as f32,
            None => size as f32 / output as f32,
        };
        let last = size.saturating_sub(1);
        let one = |index: usize| vec![Term { index: index.min(last) as u32, weight: 1.0 }];
        let terms = |i: usize| match interpolation {
            // Without arithmetic, so that rounding moves nothing.
            Interpolation::Nearest if size == output => one(i),
            Interpolation::Nearest => one((i as f32 * step).floor() as usize),
            Interpolation::NearestExact => one(((i as f32 + 0.5) * step).floor() as usize),
            Interpolation::Linear { align_corners } => {
                let position = position(i, size, output, step, align_corners).max(0.0);
                let first = (position.floor() as usize).min(last);
                let share = (position - first as f32).clamp(0.0, 1.0);
                let second = (first + 1).min(last);
                let term = |index: usize, weight| Term { index: index as u32, weight };
                weighted([term(first, 1.0 - share), term(second, share)])
            }
            Interpolation::Cubic { align_corners } => {
                let position = position(i, size, output, step, align_corners);
                let first = position.floor();
                let weights = cubic(position - first);
                let index = |k: usize| (first as isize + k as isize - 1).clamp(0, last as isize);
                weighted([0, 1, 2, 3].map(|k| Term { index: index(k) as u32, weight: weights[k] }))
            }
        };
        Ok(AxisMap::new(size, (0..output).map(terms)))
    }
}

/// The position of output `i` on the input, in its steps.
fn position(i: usize, size: usize, output: usize, step: f32, align_corners: bool) -> f32 {
    match align_corners {
        true if output > 1 => i as f32 * ((size - 1) as f32 / (output - 1) as f32),
        true => 0.0,
        false => step * (i as f32 + 0.5) - 0.5,
    }
}

/// Terms without those of weight 0.
fn weighted<const N: usize>(terms: [Term; N]) -> Vec<Term> {
    terms.into_iter().filter(|term| term.weight != 0.0).collect()
}

/// The weights of the four neighbours of a position `t` after the second.
fn cubic(t: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}
