//! A softmax or sigmoid before a loss that has its own.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_losses::Expects;

/// A softmax or sigmoid before a loss that has its own.
///
/// Cross-entropy takes logits: after a softmax, which lies between 0 and 1, its own softmax can say at most e / (e +
/// classes - 1), and gradients shrink twice. PyTorch's documentation of CrossEntropyLoss: the input is expected to
/// contain unnormalized logits.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[double_softmax]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct DoubleSoftmax {}

impl Check for DoubleSoftmax {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl DoubleSoftmax {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let (at, last) = seen.end()?;
        let own = match last.entry().name {
            own @ ("softmax" | "sigmoid") => own,
            _ => return None,
        };
        if seen.plan.loss.inner().expects() != Expects::Logits || seen.spec().layers.len() < 2 {
            return None;
        }
        let name = seen.plan.loss.entry().name;
        let text = format!("{name} has its own function for logits, and {own} ends the network");
        let finding =
            Finding::new("double_softmax", Severity::Warning, text).at(vec![seen.place(&at)]);
        let cure = seen
            .without_stage(&at)
            .map(|network| seen.other_network(format!("without {own}"), network));
        Some(cure.into_iter().fold(finding, Finding::cured))
    }
}
