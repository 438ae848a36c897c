//! The sizes of a recurrent layer's operation, and its way through time.

use relume_tensor::{Tensor, TensorError};

/// The sizes of the operation on x `[batch, time, features]`.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub batch: usize,
    pub time: usize,
    pub features: usize,
    pub hidden: usize,
    /// Samples that go through time together.
    pub samples: usize,
}

impl Sizes {
    /// Of x and W_hh `[gates hidden, hidden]`.
    pub fn of(
        operation: &'static str,
        gates: usize,
        x: &Tensor,
        recurrent: &Tensor,
    ) -> Result<Self, TensorError> {
        match (x.dims(), recurrent.dims()) {
            (&[batch, time, features], &[rows, hidden]) if rows == gates * hidden => {
                // At least eight, for products that are worth their packing; at most 32, to stay in cache.
                let samples = batch.div_ceil(2).next_multiple_of(8).clamp(8, 32).min(batch.max(1));
                Ok(Sizes { batch, time, features, hidden, samples })
            }
            _ => {
                let (left, right) = (x.shape(), recurrent.shape());
                Err(TensorError::Mismatch { operation, left, right })
            }
        }
    }

    /// Steps of all samples.
    pub fn rows(&self) -> usize {
        self.batch * self.time
    }
}

/// The time of the step that comes `step`-th.
pub(crate) fn step_time(reverse: bool, step: usize, time: usize) -> usize {
    if reverse { time - 1 - step } else { step }
}
