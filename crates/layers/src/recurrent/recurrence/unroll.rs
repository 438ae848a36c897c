//! The recurrence unrolled: some samples through all time steps, and back.

use super::cell::{Backwards, Cell, Forwards, StepBackward, StepForward};
use crate::recurrent::sizes::{Sizes, step_time};
use relume_tensor::simd::dispatch;
use relume_tensor::{Matrix, PackedB, Tensor, TensorError};

/// Products with the input that are taken at once, at most: a block of time steps, used while it is in cache.
const BLOCK: usize = 96 * 1024;

/// What the forward pass reads.
pub(super) struct Forward<'a, C> {
    pub cell: C,
    pub reverse: bool,
    pub sizes: Sizes,
    pub x: &'a [f32],
    pub input_weight: PackedB,
    pub recurrent: PackedB,
    pub bias: [&'a [f32]; 2],
    /// The first state, where it is given.
    pub first: Option<&'a [f32]>,
}

impl<C: Cell> Forward<'_, C> {
    /// Writes the states of a piece of samples, and what the backward pass wants (nothing into an empty slice).
    pub fn run(&self, piece: usize, saved: &mut [f32], out: &mut [f32]) -> Result<(), TensorError> {
        let Sizes { time, features, hidden, samples, .. } = self.sizes;
        let (width, count) = (C::GATES * hidden, out.len() / (time * hidden));
        let x = &self.x[piece * samples * time * features..][..count * time * features];
        let steps = (BLOCK / (count * width).max(1)).clamp(1, time);
        let mut sums = Tensor::uninit([count, steps, width]);
        let mut products = Tensor::uninit([count, width]);
        let mut h = Tensor::zeros([count, hidden]);
        let (sums, products, h) = (sums.data_mut(), products.data_mut(), h.data_mut());
        if let Some(first) = self.first {
            h.copy_from_slice(&first[piece * samples * hidden..][..count * hidden]);
        }
        let saved_width = if saved.is_empty() { 0 } else { C::SAVED * hidden };
        for begin in (0..time).step_by(steps) {
            let end = (begin + steps).min(time);
            // The block's times, upwards in either direction.
            let low = self.time(begin).min(self.time(end - 1));
            for sample in 0..count {
                let x = &x[(sample * time + low) * features..][..(end - begin) * features];
                let to = &mut sums[sample * steps * width..];
                self.input_weight.multiply(Matrix::new(x, end - begin, features)?, to, width)?;
            }
            for t in (begin..end).map(|step| self.time(step)) {
                self.recurrent.multiply(Matrix::new(h, count, hidden)?, products, width)?;
                for sample in 0..count {
                    let own = sample * hidden..(sample + 1) * hidden;
                    let row = sample * time + t;
                    let step = StepForward {
                        input: &sums[(sample * steps + t - low) * width..][..width],
                        recurrent: &products[sample * width..][..width],
                        bias: self.bias,
                        before: &h[own.clone()],
                        saved: &mut saved[row * saved_width..][..saved_width],
                        after: &mut out[row * hidden..][..hidden],
                    };
                    dispatch(Forwards(self.cell, step));
                    h[own].copy_from_slice(&out[row * hidden..][..hidden]);
                }
            }
        }
        Ok(())
    }

    fn time(&self, step: usize) -> usize {
        step_time(self.reverse, step, self.sizes.time)
    }
}

/// What the backward pass reads.
pub(super) struct Backward<'a, C> {
    pub cell: C,
    pub reverse: bool,
    pub sizes: Sizes,
    pub saved: &'a [f32],
    /// The states at all times, and their gradient.
    pub states: &'a [f32],
    pub gradient: &'a [f32],
    pub recurrent: PackedB,
    /// The first state, where it is given.
    pub first: Option<&'a [f32]>,
}

impl<C: Cell> Backward<'_, C> {
    /// Writes the gradients of a piece of samples: of the sums with the input, of the products with the state (where
    /// they are apart) and of the first state.
    pub fn run(
        &self,
        piece: usize,
        d_input: &mut [f32],
        d_recurrent: &mut [f32],
        d_first: &mut [f32],
    ) -> Result<(), TensorError> {
        let Sizes { time, hidden, samples, .. } = self.sizes;
        let (width, count) = (C::GATES * hidden, d_first.len() / hidden);
        if count == 0 {
            return Ok(());
        }
        let start = piece * samples;
        let mut d_h = Tensor::zeros([count, hidden]);
        let mut next = Tensor::uninit([count, hidden]);
        for step in (0..time).rev() {
            let t = step_time(self.reverse, step, time);
            for sample in 0..count {
                let row = (start + sample) * time + t;
                let own = sample * hidden..(sample + 1) * hidden;
                let start_of_gates = (sample * time + t) * width;
                let apart = if C::SPLIT { start_of_gates..start_of_gates + width } else { 0..0 };
                let step = StepBackward {
                    saved: &self.saved[row * C::SAVED * hidden..][..C::SAVED * hidden],
                    before: self.before(start + sample, step),
                    after: &self.states[row * hidden..][..hidden],
                    d_after: [&self.gradient[row * hidden..][..hidden], &d_h.data()[own.clone()]],
                    d_input: &mut d_input[start_of_gates..start_of_gates + width],
                    d_recurrent: &mut d_recurrent[apart],
                    d_before: &mut next.data_mut()[own],
                };
                dispatch(Backwards(self.cell, step));
            }
            let products = if C::SPLIT { &*d_recurrent } else { &*d_input };
            let now = Matrix::with_stride(&products[t * width..], count, width, time * width)?;
            self.recurrent.multiply_add(now, next.data_mut(), hidden)?;
            std::mem::swap(&mut d_h, &mut next);
        }
        d_first.copy_from_slice(d_h.data());
        Ok(())
    }

    /// The state that a step started from; none for zeros.
    fn before(&self, sample: usize, step: usize) -> Option<&[f32]> {
        let Sizes { time, hidden, .. } = self.sizes;
        match step.checked_sub(1) {
            Some(before) => {
                let row = sample * time + step_time(self.reverse, before, time);
                Some(&self.states[row * hidden..][..hidden])
            }
            None => self.first.map(|first| &first[sample * hidden..][..hidden]),
        }
    }
}
