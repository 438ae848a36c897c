//! Samples of the test part that stand in the train part too, or a column that is the target.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;

/// Samples of the test part that stand in the train part too, or a column that is the target.
///
/// What was trained on says nothing about new samples: a warning if 10 % of the held-out samples or more are equal to a
/// train sample, a note from 5 %. A column that goes together with the target one to one, value for value, is a
/// warning: it will hardly be known before. Kaufman and others, "Leakage in data mining", 2012.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[leak]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Leak {}

impl Check for Leak {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Leak {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let facts = seen.samples;
        if let Some(column) = facts.columns.iter().find(|own| own.tells_target) {
            let text = format!("column {:?} alone tells the target exactly", column.name);
            return Some(
                Finding::new("leak", Severity::Warning, text)
                    .measured(1.0, 1.0, "of the samples")
                    .cured(Cure::words(format!(
                        "leave the column out: ignore=[{:?}]",
                        column.name
                    ))),
            );
        }
        let share = facts.leaked as f64 / facts.held_out.max(1) as f64;
        let severity = match share {
            x if x >= 0.1 => Severity::Warning,
            x if x >= 0.05 => Severity::Note,
            _ => return None,
        };
        let text = format!(
            "{} of {} held-out samples stand in the train part too: their figures say nothing about new samples",
            count_text(facts.leaked),
            count_text(facts.held_out)
        );
        let finding =
            Finding::new("leak", severity, text).measured(share, 0.1, "of the held-out samples");
        Some(finding.cured(Cure::words(
            "keep equal samples in one part: remove repeated rows from the file, or name the column that they share \
             (a person, a recording) in split_by",
        )))
    }
}
