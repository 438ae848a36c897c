//! Outputs that cannot reach the targets.

use super::{Check, Needs};
use crate::facts::Column;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_losses::Expects;

/// Outputs that cannot reach the targets.
///
/// The last activation function's range does not hold the targets, as the loss takes them: a sigmoid gives nothing
/// above 1, a relu nothing below 0. A problem if more than the mean lies outside, a warning otherwise. For classes,
/// logits that are cut off at 0 or at 1 are a warning.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[output_range]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct OutputRange {}

impl Check for OutputRange {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl OutputRange {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let (at, last) = seen.end()?;
        let range = seen.output_range();
        let (low, high) = (range.low, range.high);
        if !range.is_bounded() {
            return None;
        }
        let (outside, text, is_grave) = match seen.data.classes() {
            Some(_) if seen.plan.loss.inner().expects() == Expects::Logits => {
                let is_softmax = matches!(last.entry().name, "softmax" | "sigmoid" | "log_softmax");
                let text =
                    format!("{last} ends the network: logits are between {low:.3} and {high:.3}");
                (!is_softmax, text, false)
            }
            Some(_) => return None,
            None if seen.plan.loss.inner().expects() == Expects::Logits => return None,
            None => {
                let margin = |column: &Column| 1e-3 * column.std.max(1e-6);
                let out = |own: &&Column| {
                    own.min < f64::from(low) - margin(own)
                        || own.max > f64::from(high) + margin(own)
                };
                let worst = seen.samples.targets.iter().find(out)?;
                let text = format!(
                    "{last} gives {low:.3} to {high:.3}, and {} is {:.4} to {:.4} in the loss",
                    worst.name, worst.min, worst.max
                );
                let is_grave = worst.mean > f64::from(high) || worst.mean < f64::from(low);
                (true, text, is_grave)
            }
        };
        if !outside {
            return None;
        }
        let severity = if is_grave { Severity::Problem } else { Severity::Warning };
        let finding = Finding::new("output_range", severity, text).at(vec![seen.place(&at)]);
        let cure = seen
            .without_stage(&at)
            .map(|network| seen.other_network(format!("without {}", last.entry().name), network));
        Some(cure.into_iter().fold(finding, Finding::cured))
    }
}
