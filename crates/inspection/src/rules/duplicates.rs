//! Samples that come several times.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;

/// Samples that come several times.
///
/// A note if 10 % of the train samples or more are equal to an earlier one. They count several times, and where parts
/// are drawn at random they come into both. Lee and others, "Deduplicating training data makes language models better",
/// 2022.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[duplicates]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Duplicates {}

impl Check for Duplicates {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Duplicates {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let facts = seen.samples;
        let share = facts.share_of_train(facts.repeated);
        let text = format!(
            "{} of {} train samples are equal to an earlier one",
            count_text(facts.repeated),
            count_text(facts.train)
        );
        (share >= 0.1).then(|| {
            Finding::new("duplicates", Severity::Note, text).measured(
                share,
                0.1,
                "of the train samples",
            )
        })
    }
}
