//! The backward pass of some samples through all time steps.

use super::Lstm;
use super::cell::CellBackward;
use crate::recurrent::sizes::Sizes;
use relume_tensor::simd::dispatch;
use relume_tensor::{Matrix, PackedB, Tensor, TensorError};

/// What the backward pass reads.
pub(super) struct BackwardThroughTime<'a> {
    pub lstm: Lstm,
    pub sizes: Sizes,
    /// After their functions.
    pub gates: &'a [f32],
    pub cells: &'a [f32],
    /// Of the states at all times.
    pub gradient: &'a [f32],
    pub recurrent: PackedB,
    /// The first h and c, if they are given.
    pub first: Option<(&'a [f32], &'a [f32])>,
}

impl BackwardThroughTime<'_> {
    /// Writes the gradients of the gates (before their functions) and of the first h and c of a piece of samples.
    pub fn run(
        &self,
        piece: usize,
        d_gates: &mut [f32],
        d_first: &mut [f32],
    ) -> Result<(), TensorError> {
        let Sizes { time, hidden, samples, .. } = self.sizes;
        let (width, count) = (4 * hidden, d_first.len() / (2 * hidden));
        let start = piece * samples;
        let mut d_h = Tensor::zeros([count, hidden]);
        let mut d_c = Tensor::zeros([count, hidden]);
        let (d_h, d_c) = (d_h.data_mut(), d_c.data_mut());
        for step in (0..time).rev() {
            let t = self.lstm.time(step, time);
            for sample in 0..count {
                let row = (start + sample) * time + t;
                let own = sample * hidden..(sample + 1) * hidden;
                dispatch(CellBackward {
                    gates: &self.gates[row * width..][..width],
                    c: &self.cells[row * hidden..][..hidden],
                    c_before: self.cell_before(start + sample, step),
                    d_out: &self.gradient[row * hidden..][..hidden],
                    d_h: &d_h[own.clone()],
                    d_c: &mut d_c[own],
                    d_gates: &mut d_gates[(sample * time + t) * width..][..width],
                });
            }
            let now = Matrix::with_stride(&d_gates[t * width..], count, width, time * width)?;
            self.recurrent.multiply(now, d_h, hidden)?;
        }
        let states = d_h.chunks_exact(hidden).zip(d_c.chunks_exact(hidden));
        for (to, (d_h, d_c)) in d_first.chunks_exact_mut(2 * hidden).zip(states) {
            to[..hidden].copy_from_slice(d_h);
            to[hidden..].copy_from_slice(d_c);
        }
        Ok(())
    }

    /// The cell before a step; `None` for zeros.
    fn cell_before(&self, sample: usize, step: usize) -> Option<&[f32]> {
        let Sizes { time, hidden, .. } = self.sizes;
        match step.checked_sub(1) {
            Some(before) => {
                let row = sample * time + self.lstm.time(before, time);
                Some(&self.cells[row * hidden..][..hidden])
            }
            None => self.first.map(|(_, c0)| &c0[sample * hidden..][..hidden]),
        }
    }
}
