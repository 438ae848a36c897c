//! Running sums and products.

use crate::{Tensor, TensorError};

impl Tensor {
    /// The sum of each number and all before it along an axis (`torch.cumsum`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn cumsum(&self, axis: i64) -> Result<Tensor, TensorError> {
        self.scan(axis, 0.0, |sum, x| sum + x)
    }

    /// The product of each number and all before it along an axis (`torch.cumprod`).
    ///
    /// # Errors
    /// There is no such axis.
    pub fn cumprod(&self, axis: i64) -> Result<Tensor, TensorError> {
        self.scan(axis, 1.0, |product, x| product * x)
    }

    /// Runs along an axis in double precision.
    fn scan(
        &self,
        axis: i64,
        start: f64,
        step: impl Fn(f64, f64) -> f64,
    ) -> Result<Tensor, TensorError> {
        self.map_lanes(axis, |lane| {
            let mut state = start;
            for x in lane {
                state = step(state, f64::from(*x));
                *x = state as f32;
            }
        })
    }

    /// The gradient of [`Tensor::cumsum`] from that of its result: each number's own and all after it, summed.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn cumsum_backward(&self, axis: i64) -> Result<Tensor, TensorError> {
        self.map_lanes(axis, |lane| {
            let mut sum = 0.0;
            for x in lane.iter_mut().rev() {
                sum += f64::from(*x);
                *x = sum as f32;
            }
        })
    }

    /// The gradient of [`Tensor::cumprod`] of these numbers from that of its result.
    ///
    /// d/dx_i = sum over k >= i of g_k times the product of x_j for all j <= k but i. Nothing is divided by, so that
    /// zeros are right; after a zero the products of the numbers before it are 0, and the sum over k ends at the next.
    ///
    /// # Errors
    /// There is no such axis, or a gradient of another shape.
    pub fn cumprod_backward(&self, axis: i64, gradient: &Tensor) -> Result<Tensor, TensorError> {
        if self.shape() != gradient.shape() {
            let (left, right) = (self.shape(), gradient.shape());
            return Err(TensorError::Mismatch { operation: "cumprod", left, right });
        }
        let lanes = super::lanes::Lanes::new(self.shape(), axis)?;
        let mut out = Tensor::uninit(self.shape());
        if out.count() == 0 {
            return Ok(out);
        }
        let (mut x, mut g) = (Vec::new(), Vec::new());
        for lane in 0..lanes.count {
            lanes.read(self.data(), lane, &mut x);
            lanes.read(gradient.data(), lane, &mut g);
            // From behind: s_i = g_i + x_(i+1) s_(i+1), and the derivative is s_i times the product of all before i.
            let mut sums = vec![0.0; x.len()];
            let mut sum = 0.0;
            for i in (0..x.len()).rev() {
                sum = f64::from(g[i]) + x.get(i + 1).map_or(0.0, |&next| f64::from(next) * sum);
                sums[i] = sum;
            }
            let (mut before, start) = (1.0, lanes.start(lane));
            for i in 0..x.len() {
                out.data_mut()[start + i * lanes.step] = (before * sums[i]) as f32;
                before *= f64::from(x[i]);
            }
        }
        Ok(out)
    }

    /// The gradient of the product of all numbers of each lane, [`Tensor::prod`] along one axis: the product of all
    /// others.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn products_of_others(&self, axis: i64) -> Result<Tensor, TensorError> {
        self.map_lanes(axis, |lane| {
            let mut after = vec![1.0; lane.len()];
            for i in (1..lane.len()).rev() {
                after[i - 1] = after[i] * f64::from(lane[i]);
            }
            let mut before = 1.0;
            for (x, after) in lane.iter_mut().zip(after) {
                let own = f64::from(*x);
                *x = (before * after) as f32;
                before *= own;
            }
        })
    }
}
