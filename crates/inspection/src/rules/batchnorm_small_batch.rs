//! Batch normalisation over few samples.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::facts::located;
use crate::{Change, Cure};
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_training::Plan;

/// Batch normalisation over few samples.
///
/// Mean and variance of a few samples are mostly chance, and what is learned by them fits no other batch: a warning for
/// batches of 4 or fewer, a note up to 8. Wu and He, "Group normalization", 2018, figure 1: the error grows from
/// batches of 16 on, and is 10 % larger at 2.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[batchnorm_small_batch]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct BatchnormSmallBatch {}

impl Check for BatchnormSmallBatch {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl BatchnormSmallBatch {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let norms: Vec<_> =
            located(seen.spec()).into_iter().filter(|own| own.name() == "batchnorm").collect();
        let batch = seen.plan.batch.min(seen.train.len());
        if norms.is_empty() || batch > 8 {
            return None;
        }
        let severity = if batch <= 4 { Severity::Warning } else { Severity::Note };
        let text = format!(
            "batch normalisation over {batch} samples: their mean and variance are mostly chance"
        );
        let finding = Finding::new("batchnorm_small_batch", severity, text)
            .measured(batch as f64, 8.0, "samples")
            .at(norms.iter().map(|own| seen.place(&own.path)).collect());
        let plan = Plan { batch: 32, ..seen.fresh_plan() };
        let change = Change { network: None, reset: true, plan: Some(plan) };
        Some(
            finding
                .cured(seen.cure("batches of 32", change))
                .cured(Cure::words("layernorm or groupnorm instead")),
        )
    }
}
