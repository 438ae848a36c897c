//! A trained network that is no better than a constant.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A trained network that is no better than a constant.
///
/// After five epochs or more, the train loss is at least 98 % of that of the best outputs that are the same for every
/// sample, and the second half of the epochs lowered it by less than 0.5 %.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[no_better_than_constant]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct NoBetterThanConstant {}

impl Check for NoBetterThanConstant {
    fn needs(&self) -> Needs {
        Needs::History
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl NoBetterThanConstant {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let epochs = seen.epochs();
        let last = epochs.last().filter(|_| epochs.len() >= 5)?;
        let baseline = seen.baseline?.loss;
        let middle = f64::from(epochs.get(epochs.len() / 2)?.loss);
        let share = f64::from(last.loss) / baseline;
        let fall = (middle - f64::from(last.loss)) / middle;
        // NaN is no better either.
        if share < 0.98 || fall >= 0.005 {
            return None;
        }
        let text = format!(
            "after {} epochs the train loss is {:.4}; a constant reaches {baseline:.4}",
            seen.run.epoch, last.loss
        );
        let look = Cure::words("look at the data: do inputs and targets belong together?");
        let finding = Finding::new("no_better_than_constant", Severity::Problem, text);
        let finding = finding.measured(share, 0.98, "of a constant's");
        Some(finding.cured_by(seen.smaller_rate()).cured(look))
    }
}
