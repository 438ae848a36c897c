//! A network that stopped improving far from the data.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A network that stopped improving far from the data.
///
/// After ten epochs or more, the train loss is between 80 % and 98 % of a constant's, and the last third of the epochs
/// lowered it by less than 1 %. Goodfellow, Bengio and Courville, "Deep learning", 2016, section 5.2.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[underfitting]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Underfitting {}

impl Check for Underfitting {
    fn needs(&self) -> Needs {
        Needs::History
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Underfitting {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let fall = late_fall(seen)?;
        let share = seen.share_of_baseline()?;
        let text = format!(
            "the train loss is {:.0} % of a constant's, and hardly falls any more",
            share * 100.0
        );
        let is_found = fall < 0.01 && (0.8..0.98).contains(&share);
        is_found.then(|| {
            Finding::new("underfitting", Severity::Warning, text)
                .measured(share, 0.8, "of a constant's")
                .cured(Cure::words(
                    "more units or layers, a larger learning rate, or inputs that tell more",
                ))
        })
    }
}

/// By how much of itself the train loss fell over the last third of ten epochs or more.
pub(super) fn late_fall(seen: &Seen<'_>) -> Option<f64> {
    let epochs = seen.epochs();
    let before = epochs
        .get(epochs.len().checked_sub(epochs.len() / 3 + 1)?)
        .filter(|_| epochs.len() >= 10)?;
    let (before, last) = (f64::from(before.loss), f64::from(epochs.last()?.loss));
    Some((before - last) / before)
}
