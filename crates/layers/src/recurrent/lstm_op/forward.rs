//! The forward pass of some samples through all time steps.

use super::Lstm;
use super::cell::CellForward;
use crate::recurrent::sizes::Sizes;
use relume_tensor::simd::dispatch;
use relume_tensor::{Matrix, PackedB, Tensor, TensorError};

/// The most numbers of the gates of a block of time steps: the products of the inputs are computed for a block at once
/// and used while they are in cache.
const BLOCK: usize = 96 * 1024;

/// What the forward pass reads.
pub(super) struct Forward<'a> {
    pub lstm: Lstm,
    pub sizes: Sizes,
    pub x: &'a [f32],
    pub input_weight: PackedB,
    pub recurrent: PackedB,
    /// Both biases, added up.
    pub bias: &'a [f32],
    /// The first h and c, if they are given.
    pub first: Option<(&'a [f32], &'a [f32])>,
}

/// Gates of some samples, each with capacity for this many time steps.
struct Gates<'a> {
    numbers: &'a mut [f32],
    steps: usize,
}

impl Forward<'_> {
    /// Writes the states of a piece of samples and keeps nothing else.
    pub fn run(&self, piece: usize, out: &mut [f32]) -> Result<(), TensorError> {
        let steps = self.steps(self.count(out));
        let mut gates = Tensor::uninit([self.count(out), steps, 4 * self.sizes.hidden]);
        self.piece(piece, Gates { numbers: gates.data_mut(), steps }, None, out)
    }

    /// Writes the states of a piece of samples, and keeps gates and cells.
    pub fn run_and_keep(
        &self,
        piece: usize,
        gates: &mut [f32],
        cells: &mut [f32],
        out: &mut [f32],
    ) -> Result<(), TensorError> {
        let gates = Gates { numbers: gates, steps: self.sizes.time };
        self.piece(piece, gates, Some(cells), out)
    }

    /// How many samples the piece has that these states belong to.
    fn count(&self, out: &[f32]) -> usize {
        out.len() / (self.sizes.time * self.sizes.hidden).max(1)
    }

    /// How many time steps of so many samples make a block.
    fn steps(&self, count: usize) -> usize {
        (BLOCK / (count * 4 * self.sizes.hidden).max(1)).clamp(1, self.sizes.time.max(1))
    }

    fn piece(
        &self,
        piece: usize,
        gates: Gates,
        mut cells: Option<&mut [f32]>,
        out: &mut [f32],
    ) -> Result<(), TensorError> {
        let Sizes { time, features, hidden, samples, .. } = self.sizes;
        let (width, count) = (4 * hidden, self.count(out));
        let Gates { numbers: gates, steps: capacity } = gates;
        let x = &self.x[piece * samples * time * features..][..count * time * features];
        let mut h = Tensor::zeros([count, hidden]);
        let mut c = Tensor::zeros([count, hidden]);
        let (h, c) = (h.data_mut(), c.data_mut());
        if let Some((h0, c0)) = self.first {
            let at = piece * samples * hidden..(piece * samples + count) * hidden;
            h.copy_from_slice(&h0[at.clone()]);
            c.copy_from_slice(&c0[at]);
        }
        for begin in (0..time).step_by(self.steps(count)) {
            let end = (begin + self.steps(count)).min(time);
            // The block's times, upwards in either direction; a buffer for a single block begins with them.
            let low = self.lstm.time(begin, time).min(self.lstm.time(end - 1, time));
            let offset = if capacity == time { 0 } else { low };
            for sample in 0..count {
                let x = &x[(sample * time + low) * features..][..(end - begin) * features];
                let to = &mut gates[(sample * capacity + low - offset) * width..];
                self.input_weight.multiply(Matrix::new(x, end - begin, features)?, to, width)?;
            }
            for step in begin..end {
                let t = self.lstm.time(step, time);
                let gates = &mut gates[(t - offset) * width..];
                if step > 0 || self.first.is_some() {
                    let h = Matrix::new(h, count, hidden)?;
                    self.recurrent.multiply_add(h, gates, capacity * width)?;
                }
                for sample in 0..count {
                    let own = sample * hidden..(sample + 1) * hidden;
                    let at = (sample * time + t) * hidden;
                    dispatch(CellForward {
                        gates: &mut gates[sample * capacity * width..][..width],
                        bias: self.bias,
                        c: &mut c[own.clone()],
                        h: &mut h[own],
                        out: &mut out[at..at + hidden],
                        saved: cells.as_deref_mut().map(|cells| &mut cells[at..at + hidden]),
                    });
                }
            }
        }
        Ok(())
    }
}
