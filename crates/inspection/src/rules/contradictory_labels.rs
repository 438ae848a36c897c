//! Equal samples with different targets.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;
use relume_datasets::Targets;

/// Equal samples with different classes.
///
/// No function can fit both: they are an error that training cannot lower. A note from 1 % of the train samples, a
/// warning from 5 %. Northcutt, Athalye and Mueller, "Pervasive label errors in test sets", 2021: a few per cent are
/// usual.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[contradictory_labels]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct ContradictoryLabels {}

impl Check for ContradictoryLabels {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl ContradictoryLabels {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        // Numbers to predict differ by noise, and several words may follow the same ones.
        if !matches!(seen.data.targets(), Targets::Classes { .. }) {
            return None;
        }
        let facts = seen.samples;
        let share = facts.share_of_train(facts.contradictory);
        let severity = match share {
            x if x >= 0.05 => Severity::Warning,
            x if x >= 0.01 => Severity::Note,
            _ => return None,
        };
        let text = format!(
            "{} of {} train samples are equal to one with another target",
            count_text(facts.contradictory),
            count_text(facts.train)
        );
        let finding = Finding::new("contradictory_labels", severity, text).measured(
            share,
            0.05,
            "of the train samples",
        );
        Some(finding.cured(Cure::words(
            "look at these samples; a column that tells them apart may be missing",
        )))
    }
}
