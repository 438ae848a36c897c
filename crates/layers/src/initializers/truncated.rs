//! The normal distribution without its tails.

use super::Initializer;
use relume_catalog::Spec;
use relume_tensor::{Rng, Shape, Tensor, simd};

/// From the part of a normal distribution within bounds.
///
/// PyTorch's `trunc_normal_`: `a` and `b` are numbers, not multiples of the standard deviation.
///
/// ```relume
/// net = dense(8, init=truncated_normal(std=0.02, a=-0.04, b=0.04)) -> gelu -> dense(1)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(initializer, aliases = ["trunc_normal"], check = Self::consistent)]
pub struct TruncatedNormal {
    /// The mean of the whole distribution.
    #[spec(default = 0.0, omit_default)]
    pub mean: f64,
    /// Its standard deviation.
    #[spec(default = 1.0, positive, omit_default)]
    pub std: f64,
    /// The smallest number.
    #[spec(default = LOW, omit_default)]
    pub a: f64,
    /// The largest number.
    #[spec(default = HIGH, omit_default)]
    pub b: f64,
}

const LOW: f64 = -2.0;
const HIGH: f64 = 2.0;

impl TruncatedNormal {
    fn consistent(&self) -> Result<(), String> {
        match self.a < self.b {
            true => Ok(()),
            false => Err(format!("a ({}) must be below b ({})", self.a, self.b)),
        }
    }
}

/// From this part of the whole distribution on, numbers outside the bounds are drawn again.
const LARGE_PART: f32 = 0.3;

/// A density of e^-40 of the highest one is never met.
const NEVER: f64 = 40.0;

impl Initializer for TruncatedNormal {
    fn tensor(&self, shape: Shape, _: [usize; 2], rng: &mut Rng) -> Tensor {
        let (mean, std) = (self.mean as f32, self.std as f32);
        let (a, b) = (self.a as f32, self.b as f32);
        let below = |x: f32| (1.0 + simd::erf((x - mean) / std / 2f32.sqrt())) / 2.0;
        if below(b) - below(a) > LARGE_PART {
            return Tensor::from_fn(shape, |_| {
                loop {
                    let x = rng.normal().mul_add(std, mean);
                    if (a..=b).contains(&x) {
                        return x;
                    }
                }
            });
        }
        // In a tail: uniform numbers are kept with a probability proportional to the density, relative to the highest
        // one. The interval in which that is not negligible begins at the highest density.
        let mode = self.mean.clamp(self.a, self.b);
        let away = (mode - self.mean) / self.std;
        let reach = self.std * ((away * away + 2.0 * NEVER).sqrt() - away.abs());
        let (a, b) = (a.max((mode - reach) as f32), b.min((mode + reach) as f32));
        let peak = (-0.5 * away * away) as f32;
        Tensor::from_fn(shape, |_| {
            loop {
                let x = rng.uniform_in(a, b);
                let away = (x - mean) / std;
                if simd::ln(rng.uniform()) <= -0.5 * away * away - peak {
                    return x;
                }
            }
        })
    }
}
