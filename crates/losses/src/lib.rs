#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod bce;
mod bce_with_logits;
mod cross_entropy;
mod mae;
mod mse;
mod pairwise;
mod reduction;

pub use bce::Bce;
pub use bce_with_logits::BceWithLogits;
pub use cross_entropy::CrossEntropy;
pub use mae::Mae;
pub use mse::Mse;
pub use reduction::Reduction;

use relume_autograd::{AutogradError, OpRef, Tape, Var};
use relume_catalog::table;

/// What a network's last stage is to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Any numbers.
    Numbers,
    /// Numbers before softmax or sigmoid, which the loss has built in.
    Logits,
    /// Numbers from 0 to 1.
    Probabilities,
}

/// What targets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// A class index for each sample, `[batch]`.
    Classes,
    /// Numbers of the same shape as the predictions.
    Values,
}

/// What a loss can do beyond describing itself.
pub trait Loss {
    /// The operation on predictions and targets.
    fn op(&self) -> OpRef;

    /// What the network is to give.
    fn expects(&self) -> Expects;

    /// What targets are to be.
    fn targets(&self) -> Targets {
        Targets::Values
    }
}

table! {
    /// Every loss, simplest first.
    pub enum LossSpec: dyn Loss { Mse, Mae, CrossEntropy, Bce, BceWithLogits }
}

impl LossSpec {
    /// Puts the loss of predictions onto the tape.
    ///
    /// # Errors
    /// Targets that do not go with the predictions, with the row named.
    pub fn apply(
        &self,
        tape: &mut Tape,
        prediction: Var,
        target: Var,
    ) -> Result<Var, AutogradError> {
        tape.apply(self.inner().op(), &[prediction, target])
    }
}
