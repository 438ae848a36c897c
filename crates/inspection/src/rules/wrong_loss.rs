//! A loss that does not go with the outputs or the targets.

use super::{Check, Needs};
use crate::Change;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_losses::{Expects, LossSpec};
use relume_training::Plan;

/// A loss that does not go with the outputs or the targets.
///
/// An error for a loss of probabilities after outputs that surely leave 0 to 1; a problem for one of log-probabilities
/// after outputs above 0; a warning for a loss of numbers on classes, whose gradient vanishes where a network is surely
/// wrong. Outputs that are not known, such as those of a layer from outside, are not judged. Goodfellow, Bengio and
/// Courville, "Deep learning", 2016, section 6.2.2.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[wrong_loss]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct WrongLoss {}

impl Check for WrongLoss {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl WrongLoss {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let loss = seen.plan.loss.inner();
        let name = seen.plan.loss.entry().name;
        let (at, last) = seen.end()?;
        let range = seen.output_range();
        let without = |loss: &str| {
            let loss = LossSpec::from_arguments(loss, Vec::new(), Vec::new()).ok()?;
            let plan = Plan { loss, ..seen.fresh_plan() };
            Some(seen.cure(
                format!("loss={}", plan.loss),
                Change { network: None, reset: true, plan: Some(plan) },
            ))
        };
        let classes = seen.data.classes().map_or(0, <[String]>::len);
        let fitting = match (classes, seen.network.output().count()) {
            (0 | 2, 1) => "bce_with_logits",
            (0, _) => "bce_with_logits",
            _ => "cross_entropy",
        };
        let (severity, text, cure) = match loss.expects() {
            Expects::Probabilities if range.surely_leaves(0.0, 1.0) => (
                Severity::Error,
                format!("{name} wants numbers from 0 to 1, and {last} ends the network"),
                without(fitting),
            ),
            Expects::LogProbabilities if range.surely_leaves(f32::NEG_INFINITY, 0.0) => (
                Severity::Problem,
                format!("{name} wants logarithms of probabilities, and {last} ends the network"),
                without("cross_entropy").filter(|_| classes > 0),
            ),
            Expects::Numbers if classes > 0 => (
                Severity::Warning,
                format!("{name} is for numbers, and the targets are {classes} classes"),
                without(fitting),
            ),
            _ => return None,
        };
        let finding = Finding::new("wrong_loss", severity, text).at(vec![seen.place(&at)]);
        Some(cure.into_iter().fold(finding, Finding::cured))
    }
}
