//! Sequences of different lengths in one batch: the steps after a sample's last one are padding.

use relume_autograd::{AutogradError, Backward, Input, Inputs, Op, Saved};
use relume_tensor::{Indices, Shape, Tensor, TensorError, threads};
use std::ops::RangeInclusive;

/// Batch, time and the numbers of a step of `[batch, time, ...]`.
pub(crate) fn sequence_sizes(
    operation: &'static str,
    shape: Shape,
) -> Result<[usize; 3], TensorError> {
    match *shape {
        [batch, time, ..] => Ok([batch, time, shape.tail(2).count()]),
        _ => Err(TensorError::Rank { operation, wanted: "[batch, time, ...]", given: shape }),
    }
}

/// The length of a sample; the whole time if lengths are not given.
pub(crate) fn length(lengths: Option<&Indices>, sample: usize, time: usize) -> usize {
    lengths.map_or(time, |lengths| (lengths.data()[sample] as usize).min(time))
}

/// Refuses what stands at the place of the lengths, if anything does, where that is not one index for each sample.
pub(crate) fn check_lengths(
    operation: &'static str,
    inputs: Inputs<'_>,
    place: usize,
    shape: Shape,
) -> Result<(), AutogradError> {
    match inputs.place(place) {
        Some(Input::Tensor(_)) => {
            let problem = "lengths are indices [batch], not a tensor".to_string();
            Err(AutogradError::Value { operation, problem })
        }
        Some(Input::Indices(lengths)) if shape.first() != Some(&lengths.count()) => {
            let (left, right) = (shape, lengths.shape());
            Err(TensorError::Mismatch { operation, left, right }.into())
        }
        _ => Ok(()),
    }
}

/// x `[batch, time, ...]` and lengths `[batch]`: zeros after each sample's last step, and with `reverse` the steps
/// before it in the opposite order.
#[derive(Clone, Copy, Debug)]
pub struct WithinLengths {
    /// Whether the last step comes first.
    pub reverse: bool,
}

impl WithinLengths {
    fn of(self, x: &Tensor, inputs: Inputs<'_>) -> Result<Tensor, AutogradError> {
        let Some(lengths) = inputs.indices(0) else {
            let problem = "the lengths are missing, indices [batch]".to_string();
            return Err(AutogradError::Value { operation: self.name(), problem });
        };
        let [_, time, width] = sequence_sizes(self.name(), x.shape())?;
        check_lengths(self.name(), inputs, 1, x.shape())?;
        let mut out = Tensor::uninit(x.shape());
        let sample_width = (time * width).max(1);
        let samples = threads::rows_per_piece(sample_width, 2);
        threads::for_pieces(out.data_mut(), samples * sample_width, |piece, part| {
            for (i, to) in part.chunks_exact_mut(sample_width).enumerate() {
                let sample = piece * samples + i;
                let from = &x.data()[sample * sample_width..][..sample_width];
                let (inside, outside) =
                    to.split_at_mut(length(Some(lengths), sample, time) * width);
                let from = &from[..inside.len()];
                match self.reverse && width > 0 {
                    true => inside
                        .chunks_exact_mut(width)
                        .zip(from.chunks_exact(width).rev())
                        .for_each(|(to, from)| to.copy_from_slice(from)),
                    false => inside.copy_from_slice(from),
                }
                outside.fill(0.0);
            }
        });
        Ok(out)
    }
}

impl Op for WithinLengths {
    fn name(&self) -> &'static str {
        "masking by length"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        2..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        self.of(inputs[0], inputs)
    }

    /// The operation is its own transpose.
    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        if pass.wants(0) {
            pass.give(0, self.of(&pass.gradient, pass.inputs)?);
        }
        Ok(())
    }
}

/// x `[batch, time, features]` and optionally lengths `[batch]`: `forwards` features of each sample's last step, and
/// the others of its first step, `[batch, features]`: the final states of both directions of a recurrent layer.
#[derive(Clone, Copy, Debug)]
pub struct LastStates {
    /// Features of the forward direction.
    pub forwards: usize,
}

impl LastStates {
    /// Where the two parts of a sample begin: its last step, and the backwards part of its first one.
    fn positions(
        self,
        lengths: Option<&Indices>,
        sample: usize,
        [time, width]: [usize; 2],
    ) -> [usize; 2] {
        let first = sample * time * width;
        let last = length(lengths, sample, time).saturating_sub(1);
        [first + last * width, first + self.forwards]
    }
}

impl Op for LastStates {
    fn name(&self) -> &'static str {
        "the last states"
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        1..=2
    }

    fn takes_indices(&self, place: usize) -> bool {
        place == 1
    }

    fn forward(&self, inputs: Inputs<'_>, _: &mut Saved) -> Result<Tensor, AutogradError> {
        let (x, lengths) = (inputs[0], inputs.indices(0));
        let [batch, time, width] = sequence_sizes(self.name(), x.shape())?;
        check_lengths(self.name(), inputs, 1, x.shape())?;
        if time == 0 || self.forwards > width {
            let (left, right) = (x.shape(), self.forwards.into());
            return Err(TensorError::Mismatch { operation: self.name(), left, right }.into());
        }
        let mut out = Tensor::uninit([batch, width]);
        for (sample, to) in out.data_mut().chunks_exact_mut(width.max(1)).enumerate() {
            let [last, first] = self.positions(lengths, sample, [time, width]);
            let (forwards, backwards) = to.split_at_mut(self.forwards);
            forwards.copy_from_slice(&x.data()[last..][..self.forwards]);
            backwards.copy_from_slice(&x.data()[first..][..width - self.forwards]);
        }
        Ok(out)
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        let (x, lengths) = (pass.inputs[0], pass.inputs.indices(0));
        let [_, time, width] = sequence_sizes(self.name(), x.shape())?;
        let mut dx = Tensor::zeros(x.shape());
        for (sample, from) in pass.gradient.data().chunks_exact(width.max(1)).enumerate() {
            let [last, first] = self.positions(lengths, sample, [time, width]);
            let (forwards, backwards) = from.split_at(self.forwards);
            dx.data_mut()[last..][..self.forwards].copy_from_slice(forwards);
            dx.data_mut()[first..][..width - self.forwards].copy_from_slice(backwards);
        }
        pass.give(0, dx);
        Ok(())
    }
}
