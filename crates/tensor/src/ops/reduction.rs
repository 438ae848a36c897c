//! Reductions along axes.

use super::Axes;
use crate::{Indices, Tensor, TensorError, simd};

/// The square of the deviation of numbers from their mean, summed in double precision.
fn squared_deviation(x: &[f32]) -> f64 {
    let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64;
    x.iter().map(|&x| (f64::from(x) - mean) * (f64::from(x) - mean)).sum()
}

fn largest(x: &[f32]) -> f32 {
    x.iter().fold(f32::NEG_INFINITY, |most, &x| if x > most || x.is_nan() { x } else { most })
}

fn smallest(x: &[f32]) -> f32 {
    x.iter().fold(f32::INFINITY, |least, &x| if x < least || x.is_nan() { x } else { least })
}

/// Axes that do not exist or are named twice are errors in every method, and so are results that do not fit into
/// memory.
impl Tensor {
    /// The sum along axes (`torch.sum`).
    ///
    /// # Errors
    /// An axis that there is not, or twice the same. So for all reductions along axes.
    pub fn sum_over(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        let axes = axes.into();
        let shape = axes.reduced(self.shape())?;
        if shape.count() == 1 {
            return Tensor::scalar(self.sum()).reshape(shape);
        }
        match axes.single(self.shape())? {
            Some(axis) => self.sum_axis(axis)?.reshape(shape),
            None => axes.rows(self)?.fold(simd::sum),
        }
    }

    /// The mean along axes; NaN over none (`torch.mean`).
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn mean_over(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        let axes = axes.into();
        let count = axes.count(self.shape())? as f32;
        let mut out = self.sum_over(axes)?;
        out.map_in_place(|x| x / count);
        Ok(out)
    }

    /// The product along axes; 1 over none (`torch.prod`).
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn prod(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        let product = |x: &[f32]| x.iter().map(|&x| f64::from(x)).product::<f64>() as f32;
        axes.into().rows(self)?.fold(product)
    }

    /// The largest number along axes; NaN where there is one (`torch.amax`).
    ///
    /// # Errors
    /// As [`Tensor::sum_over`], or no numbers along the axes.
    pub fn amax(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        axes.into().rows(self)?.fold_some("amax", largest)
    }

    /// The smallest number along axes; NaN where there is one (`torch.amin`).
    ///
    /// # Errors
    /// As [`Tensor::amax`].
    pub fn amin(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        axes.into().rows(self)?.fold_some("amin", smallest)
    }

    /// The variance along axes: the squared deviation from the mean over n - `correction`, where PyTorch's default is 1
    /// (`torch.var`). NaN where n is 0, or 1 with a correction of 1.
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn var(&self, axes: impl Into<Axes>, correction: f32) -> Result<Tensor, TensorError> {
        self.spread(axes.into(), correction, |variance| variance)
    }

    /// The standard deviation along axes: the square root of [`Tensor::var`] (`torch.std`).
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn std(&self, axes: impl Into<Axes>, correction: f32) -> Result<Tensor, TensorError> {
        self.spread(axes.into(), correction, f64::sqrt)
    }

    fn spread(
        &self,
        axes: Axes,
        correction: f32,
        of_variance: impl Fn(f64) -> f64 + Sync,
    ) -> Result<Tensor, TensorError> {
        let divisor = (axes.count(self.shape())? as f64 - f64::from(correction)).max(0.0);
        axes.rows(self)?.fold(|x| of_variance(squared_deviation(x) / divisor) as f32)
    }

    /// The norm (sum |x|^p)^(1/p) along axes (`torch.linalg.vector_norm`); for p of infinity the largest magnitude, of
    /// minus infinity the smallest, of 0 the count of numbers that are not 0.
    ///
    /// # Errors
    /// As [`Tensor::sum_over`], or no numbers along the axes where p is infinite or negative.
    pub fn vector_norm(&self, p: f32, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        let rows = axes.into().rows(self)?;
        if p == f32::INFINITY {
            return rows
                .fold_some("norm", |x| largest(&x.iter().map(|x| x.abs()).collect::<Vec<_>>()));
        }
        if p == f32::NEG_INFINITY {
            return rows
                .fold_some("norm", |x| smallest(&x.iter().map(|x| x.abs()).collect::<Vec<_>>()));
        }
        if p == 0.0 {
            return rows.fold(|x| x.iter().filter(|&&x| x != 0.0).count() as f32);
        }
        let p = f64::from(p);
        let power = move |x: f32| match p {
            1.0 => f64::from(x.abs()),
            2.0 => f64::from(x) * f64::from(x),
            _ => f64::from(x.abs()).powf(p),
        };
        let norm = |x: &[f32]| x.iter().map(|&x| power(x)).sum::<f64>().powf(1.0 / p) as f32;
        if p < 0.0 { rows.fold_some("norm", norm) } else { rows.fold(norm) }
    }

    /// ln(sum e^x) along axes, computed without overflow (`torch.logsumexp`); minus infinity over none.
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn logsumexp(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        axes.into().rows(self)?.fold(|x| {
            let most = largest(x);
            if !most.is_finite() {
                return most;
            }
            let sum: f64 = x.iter().map(|&x| (f64::from(x) - f64::from(most)).exp()).sum();
            (f64::from(most) + sum.ln()) as f32
        })
    }

    /// 1 where a number along the axes is not 0 (`torch.any`); 0 over none.
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn any(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        axes.into().rows(self)?.fold(|x| if x.iter().any(|&x| x != 0.0) { 1.0 } else { 0.0 })
    }

    /// 1 where no number along the axes is 0 (`torch.all`); 1 over none.
    ///
    /// # Errors
    /// As [`Tensor::sum_over`].
    pub fn all(&self, axes: impl Into<Axes>) -> Result<Tensor, TensorError> {
        axes.into().rows(self)?.fold(|x| if x.iter().all(|&x| x != 0.0) { 1.0 } else { 0.0 })
    }

    /// The position of the first largest number along an axis, which disappears; NaN is the largest (`torch.argmax`).
    ///
    /// # Errors
    /// There is no such axis, or nothing along it.
    pub fn argmax(&self, axis: i64) -> Result<Indices, TensorError> {
        self.best_along(axis, "argmax", |x, best| x > best)
    }

    /// The position of the first smallest number along an axis, which disappears; NaN is the smallest (`torch.argmin`).
    ///
    /// # Errors
    /// As [`Tensor::argmax`].
    pub fn argmin(&self, axis: i64) -> Result<Indices, TensorError> {
        self.best_along(axis, "argmin", |x, best| x < best)
    }

    fn best_along(
        &self,
        axis: i64,
        operation: &'static str,
        wins: impl Fn(f32, f32) -> bool,
    ) -> Result<Indices, TensorError> {
        let shape = Axes::from(axis).reduced(self.shape())?;
        if Axes::from(axis).count(self.shape())? == 0 {
            return Err(TensorError::Empty { operation });
        }
        let positions = self.pick_lanes(axis, 1, |x, to| {
            let mut best = 0;
            for k in 1..x.len() {
                if wins(x[k], x[best]) || (x[k].is_nan() && !x[best].is_nan()) {
                    best = k;
                }
            }
            to.clear();
            to.push(best as u32);
        })?;
        positions.reshape(shape)
    }
}
