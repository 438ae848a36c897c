//! Numbers to predict that are far from 0, or large.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Change, Cure};
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Numbers to predict that are far from 0, or large.
///
/// Outputs begin near 0, and an optimizer such as adam moves a bias by the learning rate a step. A warning if the root
/// mean square of a target, as the loss takes it, is above 30, a note above 10. LeCun and others, "Efficient backprop",
/// 1998, section 4.3 on targets of unit size.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[unscaled_target]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct UnscaledTarget {}

impl Check for UnscaledTarget {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl UnscaledTarget {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let worst = seen.samples.targets.iter().max_by(|a, b| a.rms().total_cmp(&b.rms()))?;
        let severity = match worst.rms() {
            x if x > 30.0 => Severity::Warning,
            x if x > 10.0 => Severity::Note,
            _ => return None,
        };
        let has_epochs = !seen.run.history.epochs.is_empty();
        let is_under_way = seen.share_of_baseline().map_or(has_epochs, |share| share < 0.5);
        if seen.is_trained() && is_under_way {
            return None;
        }
        let text = format!(
            "{}: mean {:.4}, deviation {:.4}; outputs begin near 0, and a step moves them by about {}",
            worst.name,
            worst.mean,
            worst.std,
            seen.rate()
        );
        let finding =
            Finding::new("unscaled_target", severity, text).measured(worst.rms(), 30.0, "");
        Some(finding.cured(scaled(seen)))
    }
}

/// The data with scaled targets, where they can be written so.
fn scaled(seen: &Seen<'_>) -> Cure {
    let text = "scale_target=true in the data: predictions and metrics stay in their own units";
    let trained =
        seen.cure(text, Change { network: None, reset: true, plan: Some(seen.fresh_plan()) });
    let statement = match (&seen.names.scaled, &seen.names.data, trained.statement) {
        (Some(scaled), Some(data), Some(statement)) => {
            Some(format!("{data} = {scaled}; {statement}"))
        }
        _ => None,
    };
    Cure { statement, change: None, ..Cure::words(text) }
}
