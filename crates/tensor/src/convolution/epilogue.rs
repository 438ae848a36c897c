//! The epilogue of a convolution: a ReLU and max-pooling in the same pass, while a sample's output is still in cache.

use crate::pooling::pool_planes;
use crate::{PoolGeometry, TensorError, simd};

/// Max-pooling, a ReLU, both, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Epilogue {
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
    pub fn n(&self) -> usize {
        self.output[0] * self.output[1]
    }
}

/// The output of a sample, with its gradient and where it came from.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    /// The gradient of the output.
    pub gradient: &'a [f32],
    /// The output, after the epilogue.
    pub out: &'a [f32],
    /// For each number, the position of the maximum in its plane.
    pub indices: &'a [u32],
}

impl Epilogue {
    pub fn is_identity(&self) -> bool {
        !self.relu && self.pool.is_none()
    }

    /// Pools planes into `out`, with the positions of the maxima, and applies the ReLU.
    pub fn pool(&self, pool: &Pool, planes: &[f32], out: &mut [f32], indices: &mut [u32]) {
        pool_planes(planes, &pool.geometry, pool.output[1], out, indices);
        self.apply_relu(out);
    }

    /// Applies the ReLU, if there is one. A NaN stays NaN.
    pub fn apply_relu(&self, out: &mut [f32]) {
        if self.relu {
            simd::map_in_place(out, |x| if x < 0.0 { 0.0 } else { x });
        }
    }

    /// The gradient of the ReLU's input: 0 where its output is 0.
    pub fn relu_gradient(&self, gradient: f32, out: f32) -> f32 {
        if self.relu && out <= 0.0 { 0.0 } else { gradient }
    }

    /// The gradient of the convolution's own output, planes of `n` numbers.
    pub fn backward(&self, outcome: Outcome, n: usize, to: &mut [f32]) {
        let Outcome { gradient, out, indices } = outcome;
        let Some(pool) = &self.pool else {
            return simd::map2(gradient, out, to, |g, y| if y <= 0.0 { 0.0 } else { g });
        };
        to.fill(0.0);
        let pooled = pool.n();
        for (i, plane) in to.chunks_exact_mut(n).enumerate() {
            let at = i * pooled..(i + 1) * pooled;
            let numbers = gradient[at.clone()].iter().zip(&out[at.clone()]).zip(&indices[at]);
            for ((&gradient, &out), &index) in numbers {
                plane[index as usize] += self.relu_gradient(gradient, out);
            }
        }
    }
}
