//! One row of features from all steps of a sequence.

use crate::recurrent::lengths::{check_lengths, length, sequence_sizes};
use relume_autograd::{AutogradError, Backward, Inputs, Op, Saved};
use relume_tensor::{Indices, Tensor, TensorError, simd};
use std::ops::RangeInclusive;

/// How a feature's numbers at all steps are combined.
///
/// x `[batch, time, features]` and optionally lengths `[batch]`, to `[batch, features]`; steps after a sample's length
/// do not count. A sample without steps gives zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverTime {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The largest; the first of equals. Saves its step.
    Max,
}

impl OverTime {
    /// The factor of a step in a sum over `length` steps.
    fn factor(self, length: usize) -> f32 {
        if self == OverTime::Mean { 1.0 / length.max(1) as f32 } else { 1.0 }
    }
}

impl Op for OverTime {
    fn name(&self) -> &'static str {
        "pooling over time"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 1
    }

    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, lengths) = (inputs[0], inputs.indices(0));
        let [batch, time, width] = sequence_sizes(self.name(), x.shape())?;
        check_lengths(self.name(), inputs, 1, x.shape())?;
        let mut out = Tensor::zeros([batch, width]);
        let mut places = Indices::full([batch, if *self == OverTime::Max { width } else { 0 }], 0);
        let rows = width.max(1);
        for (sample, to) in out.data_mut().chunks_exact_mut(rows).enumerate() {
            let length = length(lengths, sample, time);
            let steps = x.data()[sample * time * width..][..length * width].chunks_exact(rows);
            if *self != OverTime::Max {
                steps.for_each(|step| simd::map2_in_place(to, step, |sum, x| sum + x));
                let factor = self.factor(length);
                simd::map_in_place(to, |sum| sum * factor);
                continue;
            }
            let places = &mut places.data_mut()[sample * width..][..width];
            for (t, step) in steps.enumerate() {
                for ((most, place), &x) in to.iter_mut().zip(&mut *places).zip(step) {
                    if t == 0 || x > *most || (x.is_nan() && !most.is_nan()) {
                        (*most, *place) = (x, t as u32);
                    }
                }
            }
        }
        saved.push_indices(places);
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, lengths) = (pass.inputs[0], pass.inputs.indices(0));
        let [_, time, width] = sequence_sizes(self.name(), x.shape())?;
        let mut dx = Tensor::zeros(x.shape());
        for (sample, dy) in pass.gradient.data().chunks_exact(width.max(1)).enumerate() {
            let length = length(lengths, sample, time);
            let dx = &mut dx.data_mut()[sample * time * width..][..length * width];
            if *self != OverTime::Max {
                let factor = self.factor(length);
                dx.chunks_exact_mut(width).for_each(|dx| simd::map(dy, dx, |dy| dy * factor));
            } else if length > 0 {
                let places = &pass.saved.indices()[0].data()[sample * width..][..width];
                for (at, (dy, &place)) in dy.iter().zip(places).enumerate() {
                    dx[place as usize * width + at] = *dy;
                }
            }
        }
        pass.give(0, dx);
        Ok(())
    }
}

/// x `[batch, time, features]`: how many steps each sample has before those whose features are all `value`, `[batch]`.
///
/// # Errors
/// Not a batch of sequences.
pub fn lengths_until(x: &Tensor, value: f32) -> Result<Indices, TensorError> {
    let [batch, time, width] = sequence_sizes("masking", x.shape())?;
    let sample = |i: usize| x.data()[i * time * width..][..time * width].chunks_exact(width.max(1));
    let real = |step: &[f32]| step.iter().any(|&x| x != value);
    let last = |i: usize| sample(i).rposition(real).map_or(0, |last| last + 1);
    Ok(Indices::from_fn(batch, |i| last(i) as u32))
}
