//! Connectionist temporal classification: sequences of labels without an alignment in time.

mod lattice;
mod samples;

use crate::reduction::{Reduced, ReductionOptions};
use crate::{Expects, Loss, Reduction, Targets};
use lattice::{Lattice, log_likelihood};
use relume_activations::checked_op;
use relume_autograd::{AutogradError, Backward, Inputs, Op, OpRef, Saved};
use relume_catalog::Spec;
use relume_tensor::Tensor;
use relume_tensor::threads::{Pieces, for_pieces, for_pieces2, rows_per_piece};
use samples::{Layout, Samples};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Sequences of labels without an alignment in time: for speech and handwriting.
///
/// L = -ln of the probability of all alignments of the labels in time, in which each label may be repeated and blanks
/// may come between. Applied, as in PyTorch, to logarithms of probabilities `[time, batch, classes]` (end the network
/// with log_softmax), labels `[batch, longest]` or one after the other, the lengths in time `[batch]`, and the numbers
/// of labels `[batch]`. A mean divides each sample's loss by its number of labels first. Equal labels in a row need a
/// blank between them; if the time is too short, the loss is infinite. As in PyTorch, the gradient is that of the
/// logits before log_softmax. In training, outputs are `[batch, time, classes]`, and targets are rows of labels, padded
/// with blanks or negative numbers. A. Graves and others, Connectionist Temporal Classification, 2006.
///
/// ```relume
/// logits = random([4, 2, 3])
/// ctc(log_softmax(logits), [[1, 2], [1, 0]], [4, 3], [2, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(loss)]
pub struct Ctc {
    /// The class that is the blank.
    #[spec(default = 0)]
    pub blank: usize,
    /// What becomes of the losses.
    #[spec(flatten = ReductionOptions)]
    pub reduced: Reduced,
    /// Whether samples with an infinite loss are ignored.
    #[spec(default = false)]
    pub zero_infinity: bool,
}

const NAME: &str = "ctc";
/// The cost of one state in one time step, for cutting samples into pieces.
const COST: usize = 32;

#[derive(Debug)]
struct CtcOp {
    blank: usize,
    reduction: Reduction,
    zero_infinity: bool,
    layout: Layout,
}

impl CtcOp {
    /// The gradient of a sample's loss. For a mean, each loss is divided by its number of labels first.
    fn weight(&self, gradient: &Tensor, samples: &Samples<'_>, sample: usize) -> f32 {
        let labels = samples.labels(sample).len().max(1);
        match self.reduction {
            Reduction::Mean => gradient.data()[0] / (samples.batch * labels) as f32,
            other => other.gradient(gradient, samples.batch as f32, sample),
        }
    }
}

impl Op for CtcOp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn input_count(&self) -> RangeInclusive<usize> {
        match self.layout {
            Layout::TimeFirst => 4..=4,
            Layout::BatchFirst => 2..=3,
        }
    }

    fn takes_indices(&self, place: usize) -> bool {
        place > 0
    }

    /// Saves the forward variables of all samples, and their losses.
    fn forward(&self, inputs: Inputs<'_>, saved: &mut Saved) -> Result<Tensor, AutogradError> {
        let samples = Samples::new(inputs, self.layout, self.blank)?;
        samples.check()?;
        let (time, states) = (samples.time, samples.states());
        let mut alphas = Tensor::uninit([samples.batch, time, states]);
        let mut losses = Tensor::uninit(samples.losses);
        let piece = rows_per_piece(time * states, COST);
        for_pieces2(
            Pieces::new(alphas.data_mut(), piece * time * states),
            Pieces::new(losses.data_mut(), piece),
            |i, alphas, losses| {
                let each = alphas.chunks_exact_mut(time * states).zip(losses);
                for (own, (alphas, loss)) in each.enumerate() {
                    let sample = i * piece + own;
                    Lattice::new(&samples, sample).forwards(alphas, states);
                    *loss = -log_likelihood(&samples, sample, alphas, states);
                }
            },
        );
        saved.push(alphas);
        saved.push(losses.clone());
        if self.zero_infinity {
            losses.map_in_place(|loss| if loss == f32::INFINITY { 0.0 } else { loss });
        }
        if self.reduction == Reduction::Mean {
            for (sample, loss) in losses.data_mut().iter_mut().enumerate() {
                *loss /= samples.labels(sample).len().max(1) as f32;
            }
        }
        Ok(self.reduction.apply(losses, samples.batch as f32))
    }

    fn backward(&self, pass: &mut Backward<'_>) -> Result<(), AutogradError> {
        if (1..pass.inputs.len()).any(|i| pass.wants(i)) {
            let problem = "labels and lengths are whole numbers: they have no gradient".to_string();
            return Err(AutogradError::Value { operation: NAME, problem });
        }
        let samples = Samples::new(pass.inputs, self.layout, self.blank)?;
        let (alphas, losses) = (&pass.saved[0], &pass.saved[1]);
        let (time, states, classes) = (samples.time, samples.states(), samples.classes);
        let gradient = &pass.gradient;
        // Sample after sample in any layout: each is written by one thread.
        let mut out = Tensor::zeros([samples.batch, time, classes]);
        let piece = rows_per_piece(time * (states + classes), COST);
        for_pieces(out.data_mut(), piece * time * classes, |i, out| {
            for (own, out) in out.chunks_exact_mut(time * classes).enumerate() {
                let sample = i * piece + own;
                let loss = losses.data()[sample];
                let g = self.weight(gradient, &samples, sample);
                let out = &mut out[..samples.length(sample) * classes];
                if loss == f32::INFINITY {
                    // No alignment gives these labels: the gradient is not defined.
                    out.fill(if self.zero_infinity { 0.0 } else { f32::NAN });
                    continue;
                }
                let alphas = &alphas.data()[sample * time * states..][..time * states];
                Lattice::new(&samples, sample).backwards((alphas, states), loss, g, out);
            }
        });
        let out = match self.layout {
            Layout::TimeFirst if samples.batch > 1 => out.permute(&[1, 0, 2])?,
            _ => out,
        };
        pass.give(0, out.reshape(pass.inputs[0].shape())?);
        Ok(())
    }
}

impl Ctc {
    fn with(&self, layout: Layout) -> OpRef {
        let Ctc { blank, reduced: Reduced { reduction }, zero_infinity } = *self;
        checked_op(self, || Arc::new(CtcOp { blank, reduction, zero_infinity, layout }).into())
    }
}

impl Loss for Ctc {
    fn op(&self) -> OpRef {
        self.with(Layout::TimeFirst)
    }

    fn operands(&self) -> &'static [&'static str] {
        &["log_probs", "labels", "input_lengths", "label_lengths"]
    }

    fn in_training(&self) -> Option<OpRef> {
        Some(self.with(Layout::BatchFirst))
    }

    fn expects(&self) -> Expects {
        Expects::LogProbabilities
    }

    fn targets(&self) -> Targets {
        Targets::Labels { blank: self.blank }
    }
}
