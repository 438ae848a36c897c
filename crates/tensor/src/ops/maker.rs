//! Tensors made from a rule or from random numbers.

use crate::{Indices, Rng, Shape, Tensor, TensorError};

impl Tensor {
    /// A tensor of one number repeated, for sizes that come from data (`torch.full`).
    ///
    /// # Errors
    /// The tensor does not fit into memory. So for all functions of this file.
    pub fn try_full(shape: impl Into<Shape>, value: f32) -> Result<Tensor, TensorError> {
        let mut out = Tensor::try_uninit(shape)?;
        out.data_mut().fill(value);
        Ok(out)
    }

    /// `steps` numbers at equal distances from `start` to `end`, both included (`torch.linspace`).
    ///
    /// # Errors
    /// As [`Tensor::try_full`].
    pub fn linspace(start: f32, end: f32, steps: usize) -> Result<Tensor, TensorError> {
        let (first, last) = (f64::from(start), f64::from(end));
        let step = (last - first) / steps.saturating_sub(1).max(1) as f64;
        // From both ends, so that the last number is `end` itself.
        let number = |i: usize| match i < steps.div_ceil(2) {
            true => first + i as f64 * step,
            false => last - (steps - 1 - i) as f64 * step,
        };
        Self::made(steps, |i| number(i) as f32)
    }

    /// The numbers from `start` to before `end`, `step` apart (`torch.arange`).
    ///
    /// # Errors
    /// A step of 0, a step away from `end`, a number that is not finite, or too many numbers.
    pub fn arange(start: f64, end: f64, step: f64) -> Result<Tensor, TensorError> {
        let refuse = |problem: String| Err(TensorError::Argument { operation: "arange", problem });
        if !(start.is_finite() && end.is_finite() && step.is_finite()) {
            return refuse(format!("{start}, {end} and {step} are not all finite"));
        }
        if step == 0.0 || (end - start) * step < 0.0 {
            return refuse(format!("steps of {step} do not lead from {start} to {end}"));
        }
        // Beyond the largest count the cast saturates, and the tensor is refused.
        Self::made(((end - start) / step).ceil() as usize, |i| (start + i as f64 * step) as f32)
    }

    /// The matrix with ones on its diagonal and zeros elsewhere (`torch.eye`).
    ///
    /// # Errors
    /// As [`Tensor::try_full`].
    pub fn eye(rows: usize, columns: usize) -> Result<Tensor, TensorError> {
        let mut out = Tensor::try_full([rows, columns], 0.0)?;
        let width = columns.max(1);
        for (i, row) in out.data_mut().chunks_exact_mut(width).enumerate().take(columns) {
            row[i] = 1.0;
        }
        Ok(out)
    }

    /// Normally distributed numbers of mean 0 and variance 1 (`torch.randn`).
    ///
    /// # Errors
    /// As [`Tensor::try_full`].
    pub fn randn(shape: impl Into<Shape>, rng: &mut Rng) -> Result<Tensor, TensorError> {
        Self::made(shape, |_| rng.normal())
    }

    /// Evenly distributed numbers from [0, 1) (`torch.rand`).
    ///
    /// # Errors
    /// As [`Tensor::try_full`].
    pub fn rand(shape: impl Into<Shape>, rng: &mut Rng) -> Result<Tensor, TensorError> {
        Self::made(shape, |_| rng.uniform())
    }

    /// Whole numbers from `low` to before `high`, each equally likely (`torch.randint`).
    ///
    /// # Errors
    /// No number between the bounds, a bound beyond 2^24, where f32 holds whole numbers no longer exactly, or too many
    /// numbers.
    pub fn randint(
        low: i64,
        high: i64,
        shape: impl Into<Shape>,
        rng: &mut Rng,
    ) -> Result<Tensor, TensorError> {
        const EXACT: i64 = 1 << 24;
        if low >= high || low < -EXACT || high > EXACT {
            let problem = format!(
                "there are no whole numbers from {low} to before {high} between -2^24 and 2^24"
            );
            return Err(TensorError::Argument { operation: "randint", problem });
        }
        Self::made(shape, |_| (low + rng.below((high - low) as usize) as i64) as f32)
    }

    /// The grid of vectors: for each of them a tensor whose axes are those of all, and which changes along its own
    /// (`torch.meshgrid` with `indexing="ij"`).
    ///
    /// # Errors
    /// An operand that is no vector, more vectors than a tensor can have axes, or tensors that do not fit into memory.
    pub fn meshgrid(vectors: &[&Tensor]) -> Result<Vec<Tensor>, TensorError> {
        let given = vectors.iter().find(|vector| vector.rank() != 1).map(|vector| vector.shape());
        if let Some(given) = given {
            return Err(TensorError::Rank { operation: "meshgrid", wanted: "vectors", given });
        }
        let shape = Shape::new(&vectors.iter().map(|vector| vector.count()).collect::<Vec<_>>())?;
        let ones = Shape::new(&vec![1; vectors.len()])?;
        let grid = |(axis, vector): (usize, &&Tensor)| {
            vector.reshape(ones.with_axis(axis, vector.count()))?.broadcast_to(shape)
        };
        vectors.iter().enumerate().map(grid).collect()
    }

    fn made(
        shape: impl Into<Shape>,
        mut value: impl FnMut(usize) -> f32,
    ) -> Result<Tensor, TensorError> {
        let mut out = Tensor::try_uninit(shape)?;
        out.data_mut().iter_mut().enumerate().for_each(|(i, slot)| *slot = value(i));
        Ok(out)
    }
}

impl Indices {
    /// The numbers from 0 to before `count` in random order (`torch.randperm`).
    ///
    /// # Errors
    /// Numbers beyond 2^32 - 1, or too many to fit into memory.
    pub fn randperm(count: usize, rng: &mut Rng) -> Result<Indices, TensorError> {
        if let Some(index) = count.checked_sub(1).filter(|&last| u32::try_from(last).is_err()) {
            return Err(TensorError::LargeIndex { index });
        }
        Shape::from(count).check_memory()?;
        let mut numbers = Indices::from_fn(count, |i| i as u32);
        rng.shuffle(numbers.data_mut());
        Ok(numbers)
    }
}
