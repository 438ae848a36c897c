//! Order along an axis: sorted numbers, the largest ones, medians.

use crate::interrupt::Current;
use crate::{Indices, Tensor, TensorError};
use std::cmp::Ordering;

/// Which numbers come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest ones; NaN last.
    Ascending,
    /// The largest ones; NaN, which counts as larger than all numbers, first.
    Descending,
}

impl Order {
    /// Compares two numbers; NaN is above all others.
    fn compare(self, a: f32, b: f32) -> Ordering {
        let upwards = a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
        match self {
            Order::Ascending => upwards,
            Order::Descending => upwards.reverse(),
        }
    }

    /// Compares two positions of numbers; of equal numbers the first comes first.
    fn compare_at(self, x: &[f32], a: u32, b: u32) -> Ordering {
        self.compare(x[a as usize], x[b as usize]).then(a.cmp(&b))
    }
}

impl Tensor {
    /// The positions that sort the numbers along an axis; equal numbers stay in their order (`torch.argsort` with
    /// `stable=True`).
    ///
    /// # Errors
    /// There is no such axis, or it has more than 2^32 positions. So for all methods of this file.
    pub fn argsort(&self, axis: i64, order: Order) -> Result<Indices, TensorError> {
        let size = super::lanes::Lanes::new(self.shape(), axis)?.size;
        let current = Current::get();
        self.pick_lanes(axis, size, |x, to| {
            to.clear();
            to.extend(0..x.len() as u32);
            to.sort_unstable_by(|&a, &b| {
                current.check();
                order.compare_at(x, a, b)
            });
        })
    }

    /// The numbers sorted along an axis, and their positions (`torch.sort`).
    ///
    /// # Errors
    /// As [`Tensor::argsort`].
    pub fn sort(&self, axis: i64, order: Order) -> Result<(Tensor, Indices), TensorError> {
        self.picked(axis, self.argsort(axis, order)?)
    }

    /// The positions of the `k` first numbers in an order along an axis, sorted: [`Order::Descending`] for the largest
    /// ones.
    ///
    /// # Errors
    /// As [`Tensor::argsort`], or fewer than `k` numbers along the axis.
    pub fn argtopk(&self, k: usize, axis: i64, order: Order) -> Result<Indices, TensorError> {
        let size = super::lanes::Lanes::new(self.shape(), axis)?.size;
        if k > size {
            let problem = format!("there are no {k} numbers along an axis of {size}");
            return Err(TensorError::Argument { operation: "topk", problem });
        }
        self.pick_lanes(axis, k, |x, to| {
            to.clear();
            to.extend(0..x.len() as u32);
            if 0 < k && k < to.len() {
                to.select_nth_unstable_by(k - 1, |&a, &b| order.compare_at(x, a, b));
            }
            to.truncate(k);
            to.sort_unstable_by(|&a, &b| order.compare_at(x, a, b));
        })
    }

    /// The `k` first numbers in an order along an axis, sorted, and their positions (`torch.topk`).
    ///
    /// # Errors
    /// As [`Tensor::argtopk`].
    pub fn topk(
        &self,
        k: usize,
        axis: i64,
        order: Order,
    ) -> Result<(Tensor, Indices), TensorError> {
        self.picked(axis, self.argtopk(k, axis, order)?)
    }

    /// The largest number along an axis, which stays with size 1, and the first position that has it (`torch.max` with
    /// an axis).
    ///
    /// # Errors
    /// As [`Tensor::argsort`], or no numbers along the axis.
    pub fn max_along(&self, axis: i64) -> Result<(Tensor, Indices), TensorError> {
        let positions = self.argmax(axis)?;
        self.picked(axis, positions.reshape(super::Axes::from(axis).with_ones(self.shape())?)?)
    }

    /// The smallest number along an axis, which stays with size 1, and the first position that has it (`torch.min` with
    /// an axis).
    ///
    /// # Errors
    /// As [`Tensor::max_along`].
    pub fn min_along(&self, axis: i64) -> Result<(Tensor, Indices), TensorError> {
        let positions = self.argmin(axis)?;
        self.picked(axis, positions.reshape(super::Axes::from(axis).with_ones(self.shape())?)?)
    }

    /// The position of the median along an axis, which stays with size 1: of an even number of numbers the lower of the
    /// two in the middle, NaN if there is one (`torch.median`).
    ///
    /// # Errors
    /// As [`Tensor::max_along`].
    pub fn argmedian(&self, axis: i64) -> Result<Indices, TensorError> {
        if super::lanes::Lanes::new(self.shape(), axis)?.size == 0 {
            return Err(TensorError::Empty { operation: "median" });
        }
        self.pick_lanes(axis, 1, |x, to| {
            to.clear();
            if let Some(nan) = x.iter().position(|x| x.is_nan()) {
                to.push(nan as u32);
                return;
            }
            to.extend(0..x.len() as u32);
            let middle = (x.len() - 1) / 2;
            let compare = |a: &u32, b: &u32| Order::Ascending.compare_at(x, *a, *b);
            let median = *to.select_nth_unstable_by(middle, compare).1;
            to.clear();
            to.push(median);
        })
    }

    /// The median along an axis, which stays with size 1, and its position (`torch.median` with an axis).
    ///
    /// # Errors
    /// As [`Tensor::argmedian`].
    pub fn median(&self, axis: i64) -> Result<(Tensor, Indices), TensorError> {
        self.picked(axis, self.argmedian(axis)?)
    }

    fn picked(&self, axis: i64, positions: Indices) -> Result<(Tensor, Indices), TensorError> {
        Ok((self.gather_along(axis, &positions)?, positions))
    }
}
