//! What may follow a convolution in the same pass, while a sample's output is still in cache.

use crate::pooling::pool_planes;
use crate::{PoolGeometry, TensorError, simd};

/// A rectified linear unit, max-pooling, both in this order, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Then {
    pub relu: bool,
    pub pool: Option<Pool>,
}

/// Max-pooling of a convolution's output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool {
    pub geometry: PoolGeometry,
    /// Height and width of the pooled output.
    pub output: [usize; 2],
}

impl Pool {
    pub fn new(geometry: PoolGeometry) -> Result<Self, TensorError> {
        Ok(Pool { geometry, output: geometry.output()? })
    }

    /// Numbers of a pooled plane.
    pub fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }
}

/// What became of the outputs of some planes, and where they came from.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    /// The gradient of the pooled, rectified output.
    pub gradient: &'a [f32],
    /// That output.
    pub out: &'a [f32],
    /// For each number, the position in its plane that won the pooling.
    pub winners: &'a [f32],
}

impl Then {
    pub fn is_nothing(&self) -> bool {
        !self.relu && self.pool.is_none()
    }

    /// Pools planes into `out`, with the winners' positions, and rectifies what is left.
    pub fn pool(&self, pool: &Pool, planes: &[f32], out: &mut [f32], winners: &mut [f32]) {
        pool_planes(planes, &pool.geometry, pool.output[1], out, winners);
        self.rectify(out);
    }

    /// Rectifies, if that is wanted. A NaN stays one.
    pub fn rectify(&self, out: &mut [f32]) {
        if self.relu {
            simd::map_in_place(out, |x| if x < 0.0 { 0.0 } else { x });
        }
    }

    /// The gradient that passes back through the rectifier: none where the output is 0.
    pub fn passes(&self, gradient: f32, out: f32) -> f32 {
        if self.relu && out <= 0.0 { 0.0 } else { gradient }
    }

    /// The gradient of the convolution's own output, planes of `places` numbers.
    pub fn spread(&self, outcome: Outcome, places: usize, to: &mut [f32]) {
        let Outcome { gradient, out, winners } = outcome;
        let Some(pool) = &self.pool else {
            return simd::map2(gradient, out, to, |g, y| if y <= 0.0 { 0.0 } else { g });
        };
        to.fill(0.0);
        let pooled = pool.places();
        for (i, plane) in to.chunks_exact_mut(places).enumerate() {
            let at = i * pooled..(i + 1) * pooled;
            let numbers = gradient[at.clone()].iter().zip(&out[at.clone()]).zip(&winners[at]);
            for ((&gradient, &out), &winner) in numbers {
                plane[winner as usize] += self.passes(gradient, out);
            }
        }
    }
}
