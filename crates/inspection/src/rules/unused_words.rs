//! Rows of an embedding that no sample uses.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::facts::located;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;

/// Rows of an embedding that no sample uses.
///
/// A note if more than 90 % of an embedding's rows, and 1,000 or more, are not among the indices of the train part.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[unused_words]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct UnusedWords {}

impl Check for UnusedWords {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl UnusedWords {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let used = seen.samples.distinct_indices;
        let table =
            located(seen.spec()).into_iter().find(|own| own.name().starts_with("embedding"))?;
        let rows =
            table.stage.record().1.get("num_embeddings").and_then(|rows| rows.as_u64())? as usize;
        let unused = rows.saturating_sub(used);
        let share = unused as f64 / rows.max(1) as f64;
        let text = format!(
            "{} of {} rows of the embedding stand for no word of the train part",
            count_text(unused),
            count_text(rows)
        );
        (seen.samples.are_indices && share > 0.9 && unused >= 1000).then(|| {
            Finding::new("unused_words", Severity::Note, text)
                .measured(share, 0.9, "of the rows")
                .at(vec![seen.place(&table.path)])
        })
    }
}
