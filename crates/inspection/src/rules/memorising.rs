//! A network that knows the train samples by heart, and nothing about others.

use super::overfitting::held_out;
use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A network that knows the train samples by heart, and nothing about others.
///
/// The train loss is below 5 % of a constant's, and on held-out samples the loss was never below 98 % of a constant's
/// there. Zhang and others, "Understanding deep learning requires rethinking generalization", 2017: networks learn
/// random labels by heart.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[memorising]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Memorising {}

impl Check for Memorising {
    fn needs(&self) -> Needs {
        Needs::History
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Memorising {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let (part, held_out) = held_out(seen)?;
        let best = held_out.iter().copied().fold(f64::INFINITY, f64::min);
        let train = f64::from(seen.epochs().last()?.loss);
        let baseline = seen.held_out_baseline()?.loss;
        if train > 0.05 * baseline || best < 0.98 * baseline {
            return None;
        }
        let text = format!(
            "the train loss is {train:.3}, and the {part} loss was never below {best:.3}; a constant has {baseline:.3}"
        );
        let finding = Finding::new("memorising", Severity::Warning, text).measured(
            best / baseline,
            0.98,
            "of a \
         constant's",
        );
        Some(finding.cured(Cure::words(
            "look at the labels; more data, dropout, weight_decay, or fewer units",
        )))
    }
}
