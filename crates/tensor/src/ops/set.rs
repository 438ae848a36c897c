//! Different numbers, and how often each occurs.

use super::Order;
use crate::{Indices, Tensor, TensorError};

/// The different numbers of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Unique {
    /// The numbers, ascending: `[n]`. Every NaN stands for itself, as in PyTorch.
    pub values: Tensor,
    /// For each number of the tensor its place in `values`, in the tensor's shape.
    pub inverse: Indices,
    /// How often each value occurs: `[n]`.
    pub counts: Indices,
}

impl Tensor {
    /// The different numbers, ascending, their places and how often each occurs (`torch.unique`).
    ///
    /// # Errors
    /// More than 2^32 numbers.
    pub fn unique(&self) -> Result<Unique, TensorError> {
        let flat = self.reshape(self.count())?;
        let order = flat.argsort(0, Order::Ascending)?;
        let mut values: Vec<f32> = Vec::new();
        let mut counts: Vec<u32> = Vec::new();
        let mut inverse = Indices::uninit(self.shape());
        for &place in order.data() {
            let x = self.data()[place as usize];
            match (values.last(), counts.last_mut()) {
                (Some(&last), Some(count)) if last == x => *count += 1,
                _ => {
                    values.push(x);
                    counts.push(1);
                }
            }
            inverse.data_mut()[place as usize] = (values.len() - 1) as u32;
        }
        let size = values.len();
        Ok(Unique {
            values: Tensor::new(size, values)?,
            inverse,
            counts: Indices::new(size, counts)?,
        })
    }

    /// How many numbers fall into each of `bins` parts of equal width between `min` and `max`; others are not counted
    /// (`torch.histc`). The last part includes `max`. Equal bounds stand for the smallest and the largest number.
    ///
    /// # Errors
    /// No bins, bounds in the wrong order, or bounds that are not finite.
    pub fn histc(&self, bins: usize, min: f32, max: f32) -> Result<Tensor, TensorError> {
        let refuse = |problem: String| Err(TensorError::Argument { operation: "histc", problem });
        let (mut low, mut high) = (f64::from(min), f64::from(max));
        if low == high && self.count() > 0 {
            (low, high) = (f64::from(self.min()), f64::from(self.max()));
        }
        if low == high {
            (low, high) = (low - 1.0, high + 1.0);
        }
        if bins == 0 {
            return refuse("there is at least one bin".to_string());
        }
        if !(low < high && low.is_finite() && high.is_finite()) {
            return refuse(format!("the bounds are finite and in order, not {low} and {high}"));
        }
        let mut counts = Tensor::try_uninit(bins)?;
        counts.data_mut().fill(0.0);
        for &x in self.data() {
            let x = f64::from(x);
            if (low..=high).contains(&x) {
                let bin = ((x - low) / (high - low) * bins as f64) as usize;
                counts.data_mut()[bin.min(bins - 1)] += 1.0;
            }
        }
        Ok(counts)
    }
}

impl Indices {
    /// How often each number from 0 up to the largest one, or up to `minlength` - 1, occurs (`torch.bincount`).
    ///
    /// # Errors
    /// More than 2^32 numbers, or counts that do not fit into memory.
    pub fn bincount(&self, minlength: usize) -> Result<Indices, TensorError> {
        if u32::try_from(self.count()).is_err() {
            return Err(TensorError::LargeIndex { index: self.count() });
        }
        let size = self.data().iter().max().map_or(0, |&most| most as usize + 1).max(minlength);
        crate::Shape::from(size).check_memory()?;
        let mut counts = Indices::full(size, 0);
        for &index in self.data() {
            counts.data_mut()[index as usize] += 1;
        }
        Ok(counts)
    }
}
