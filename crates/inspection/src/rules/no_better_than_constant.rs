//! A trained network that is no better than a constant.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A trained network that is no better than a constant.
///
/// After five epochs or more, the train loss is at least 98 % of that of the best outputs that are the same for every
/// sample, and the second half of the epochs lowered it by less than 0.5 %, or the weights are those of an earlier
/// epoch that was the best.
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
        let all = &seen.run.history.epochs;
        let kept = seen.epochs().last().filter(|_| all.len() >= 5)?;
        let last = all.last()?;
        let baseline = seen.baseline()?.loss;
        let middle = f64::from(all.get(all.len() / 2)?.loss);
        let share = f64::from(kept.loss) / baseline;
        let is_falling =
            kept.epoch == last.epoch && (middle - f64::from(last.loss)) / middle >= 0.005;
        // NaN is no better either.
        if share < 0.98 || is_falling {
            return None;
        }
        let text = format!(
            "after {} epochs the train loss is {:.4}; a constant reaches {baseline:.4}",
            kept.epoch, kept.loss
        );
        let look = Cure::words("look at the data: do inputs and targets belong together?");
        let finding = Finding::new("no_better_than_constant", Severity::Problem, text);
        let finding = finding.measured(share, 0.98, "of a constant's");
        Some(finding.cured_by(seen.smaller_rate()).cured(look))
    }
}
