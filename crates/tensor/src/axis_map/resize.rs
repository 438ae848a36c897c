//! Resizing, as maps: PyTorch's `interpolate`, along one axis.

use super::{AxisMap, Term};

/// How numbers between the given ones are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The given one at or before, as PyTorch's `nearest` has always been.
    Nearest,
    /// The given one whose middle is nearest, as scikit-image and Pillow have it (`nearest-exact`).
    NearestExact,
    /// On a line between the two neighbours.
    Linear {
        /// Whether the first and the last numbers keep their places; otherwise their outer edges do.
        align_corners: bool,
    },
    /// On a cubic curve through the four neighbours (Keys, "Cubic convolution interpolation for digital image processing",
    /// 1981, with a = -0.75).
    Cubic {
        /// As for linear.
        align_corners: bool,
    },
}

/// The factor that an axis is to grow by; it need not be a whole number.
pub type Scale = f64;

impl AxisMap {
    /// An axis of `size` numbers resized to `output`.
    ///
    /// Places are found in single precision, as PyTorch finds them: by `scale` where it is given (`output` is then the rounded
    /// down product), otherwise by the two sizes.
    pub fn resized(
        size: usize,
        output: usize,
        scale: Option<Scale>,
        interpolation: Interpolation,
    ) -> Self {
        let step = match scale {
            Some(scale) => (1.0 / scale) as f32,
            None => size as f32 / output as f32,
        };
        let last = size.saturating_sub(1);
        let one = |index: usize| vec![Term { index: index.min(last) as u32, weight: 1.0 }];
        let terms = |i: usize| match interpolation {
            // Not computed, so that no rounding moves them.
            Interpolation::Nearest if size == output => one(i),
            Interpolation::Nearest => one((i as f32 * step).floor() as usize),
            Interpolation::NearestExact => one(((i as f32 + 0.5) * step).floor() as usize),
            Interpolation::Linear { align_corners } => {
                let place = place(i, size, output, step, align_corners).max(0.0);
                let first = (place.floor() as usize).min(last);
                let share = (place - first as f32).clamp(0.0, 1.0);
                let second = (first + 1).min(last);
                weighted([(first, 1.0 - share), (second, share)])
            }
            Interpolation::Cubic { align_corners } => {
                let place = place(i, size, output, step, align_corners);
                let first = place.floor();
                let weights = cubic(place - first);
                let index = |k: usize| (first as isize + k as isize - 1).clamp(0, last as isize);
                weighted([0, 1, 2, 3].map(|k| (index(k) as usize, weights[k])))
            }
        };
        AxisMap::new(size, (0..output).map(terms))
    }
}

/// Where output `i` lies on the input, in its steps.
fn place(i: usize, size: usize, output: usize, step: f32, align_corners: bool) -> f32 {
    match align_corners {
        true if output > 1 => i as f32 * ((size - 1) as f32 / (output - 1) as f32),
        true => 0.0,
        false => step * (i as f32 + 0.5) - 0.5,
    }
}

/// Terms without those that count nothing.
fn weighted<const N: usize>(terms: [(usize, f32); N]) -> Vec<Term> {
    let terms = terms.into_iter().filter(|&(_, weight)| weight != 0.0);
    terms.map(|(index, weight)| Term { index: index as u32, weight }).collect()
}

/// The weights of the four neighbours of a place `t` behind the second.
fn cubic(t: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)]
}
