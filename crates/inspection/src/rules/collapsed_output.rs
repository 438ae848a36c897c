//! A trained network that says one class nearly always.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A trained network that says one class nearly always.
///
/// More than 95 % of the samples get one class, which less than 80 % of them have, after three epochs or more, while
/// the loss is no better than 90 % of a constant's.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[collapsed_output]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct CollapsedOutput {}

impl Check for CollapsedOutput {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl CollapsedOutput {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass.filter(|_| seen.run.epoch >= 3)?;
        let (class, [said, is]) = pass
            .predicted
            .iter()
            .copied()
            .enumerate()
            .max_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]))?;
        if said <= 0.95 || is >= 0.8 || seen.share_of_baseline().is_some_and(|share| share < 0.9) {
            return None;
        }
        let name =
            seen.data.classes().and_then(|names| names.get(class)).cloned().unwrap_or_default();
        let text = format!(
            "{:.0} % of the samples are said to be {name:?}, and {:.0} % are",
            said * 100.0,
            is * 100.0
        );
        let finding = Finding::new("collapsed_output", Severity::Problem, text).measured(
            said,
            0.95,
            "of the samples",
        );
        Some(finding.cured_by(seen.smaller_rate()))
    }
}
