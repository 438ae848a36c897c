//! Columns that are the same for all samples.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Columns that are the same for all samples.
///
/// They tell nothing. A note for columns with names; a problem if all numbers of all samples are equal.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[constant_input]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct ConstantInput {}

impl Check for ConstantInput {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl ConstantInput {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let facts = seen.samples;
        if facts.are_indices || facts.columns.is_empty() || facts.train < 2 {
            return None;
        }
        let constant: Vec<_> = facts.columns.iter().filter(|own| own.min == own.max).collect();
        let is_all = constant.len() == facts.columns.len();
        if constant.is_empty() || seen.data.features().is_empty() && !is_all {
            return None;
        }
        let names: Vec<String> =
            constant.iter().take(5).map(|own| format!("{:?}", own.name)).collect();
        let more = if constant.len() > 5 {
            format!(" and {} more", constant.len() - 5)
        } else {
            String::new()
        };
        let severity = if is_all { Severity::Problem } else { Severity::Note };
        let text =
            format!("{}{more}: the same number in all {} rows", names.join(", "), facts.train);
        let finding = Finding::new("constant_input", severity, text).measured(
            constant.len() as f64,
            0.0,
            "columns",
        );
        Some(finding.cured(Cure::words("ignore=[...] in the data leaves columns out")))
    }
}
