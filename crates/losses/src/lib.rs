#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bce;
mod bce_with_logits;
mod classes;
mod cosine_embedding;
mod cross_entropy;
mod ctc;
mod dice;
mod focal;
mod gaussian_nll;
mod hinge;
mod huber;
mod kl_div;
mod log_cosh;
mod mae;
mod margin_ranking;
mod mse;
mod nll;
mod pointwise;
mod poisson_nll;
mod reduction;
mod rows;
mod smooth_l1;
mod triplet_margin;
mod weights;
mod whole;

pub use bce::Bce;
pub use bce_with_logits::BceWithLogits;
pub use classes::{ClassWeight, ClassWeights, ClassWeightsOptions};
pub use cosine_embedding::CosineEmbedding;
pub use cross_entropy::CrossEntropy;
pub use ctc::Ctc;
pub use dice::Dice;
pub use focal::Focal;
pub use gaussian_nll::GaussianNll;
pub use hinge::{Hinge, SquaredHinge};
pub use huber::Huber;
pub use kl_div::KlDiv;
pub use log_cosh::LogCosh;
pub use mae::Mae;
pub use margin_ranking::MarginRanking;
pub use mse::Mse;
pub use nll::Nll;
pub use pointwise::{Pointwise, PointwiseLoss};
pub use poisson_nll::PoissonNll;
pub use reduction::{Reduced, Reduction, ReductionOptions};
pub use smooth_l1::SmoothL1;
pub use triplet_margin::TripletMargin;
pub use weights::Weights;

use relume_autograd::{AutogradError, OpRef, Tape, Var};
use relume_catalog::table;

/// What a network's last stage outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Any numbers.
    Numbers,
    /// Numbers whose sign is the class, and whose size is the confidence.
    Margins,
    /// Numbers before softmax or sigmoid, which the loss has built in.
    Logits,
    /// Numbers from 0 to 1.
    Probabilities,
    /// Logarithms of probabilities, as log_softmax gives them.
    LogProbabilities,
}

/// The form of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// A class index for each sample, `[batch]`: [`Indices`](relume_tensor::Indices), or whole numbers in f32.
    Classes,
    /// Numbers of the same shape as the predictions; 0 and 1 for classes.
    Values,
    /// -1 and 1 in the shape of the predictions.
    Signs,
    /// Class indices in a row, `[batch, longest]`, shorter rows padded with the blank or negative numbers.
    Labels {
        /// The class of the blank.
        blank: usize,
    },
}

/// The behaviour of a loss, beside its description.
pub trait Loss {
    /// The operation on its [operands](Loss::operands). [`checked_op`](relume_activations::checked_op) makes one of
    /// options that are out of their range refuse its input.
    fn op(&self) -> OpRef;

    /// Its operands, by position.
    fn operands(&self) -> &'static [&'static str] {
        &["predictions", "targets"]
    }

    /// The operation on a network's outputs and a data set's targets; `None` if these two are not enough. One of
    /// [`Targets::Labels`] takes the lengths in time `[batch]` after them, if sequences have different ones.
    fn in_training(&self) -> Option<OpRef> {
        Some(self.op())
    }

    /// The outputs of a network for each target besides its prediction, such as a variance; after all predictions, one
    /// kind after the other.
    fn extra_outputs(&self) -> &'static [&'static str] {
        &[]
    }

    /// How many numbers a network outputs for so many targets.
    fn outputs(&self, targets: usize) -> usize {
        targets.saturating_mul(1 + self.extra_outputs().len())
    }

    /// The same loss for data with so many samples of each class in the train part; `None` if it does not depend on
    /// them.
    fn for_samples(&self, samples: &[usize]) -> Option<LossSpec> {
        let _ = samples;
        None
    }

    /// The form of the network's outputs.
    fn expects(&self) -> Expects;

    /// The form of the targets.
    fn targets(&self) -> Targets {
        Targets::Values
    }
}

table! {
    /// Every loss: of numbers, of classes and probabilities, of distributions, of vectors, of sequences.
    pub enum LossSpec: dyn Loss as Loss {
        Mse, Mae, Huber, SmoothL1, LogCosh,
        CrossEntropy, Nll, Bce, BceWithLogits, Focal, Hinge, SquaredHinge, Dice,
        KlDiv, PoissonNll, GaussianNll,
        CosineEmbedding, MarginRanking, TripletMargin,
        Ctc,
    }
}

impl LossSpec {
    /// Puts the loss of predictions onto the tape. Class indices and labels may be [`Indices`](relume_tensor::Indices)
    /// or f32 numbers, which must be whole and below 2^24, up to which f32 is exact.
    ///
    /// # Errors
    /// Options out of their range; targets that do not match the predictions, with the row named; a loss of more than
    /// two [operands](Loss::operands).
    pub fn apply(
        &self,
        tape: &mut Tape,
        prediction: Var,
        target: Var,
    ) -> Result<Var, AutogradError> {
        self.apply_to(tape, &[prediction, target])
    }

    /// Puts the loss of its [operands](Loss::operands) onto the tape.
    ///
    /// # Errors
    /// Options that are out of their range; operands that do not match each other, with the row named, or another
    /// number of them.
    pub fn apply_to(&self, tape: &mut Tape, operands: &[Var]) -> Result<Var, AutogradError> {
        let refused = |problem| AutogradError::Value { operation: self.entry().name, problem };
        self.check().map_err(|error| refused(error.to_string()))?;
        let wanted = self.inner().operands();
        if operands.len() != wanted.len() {
            return Err(refused(format!("is applied to {}", wanted.join(", "))));
        }
        tape.apply(self.inner().op(), operands)
    }
}
