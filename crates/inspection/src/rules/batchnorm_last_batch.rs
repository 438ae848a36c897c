//! A last batch that is too small for batch normalisation.

use super::{Check, Needs};
use crate::Change;
use crate::facts::Seen;
use crate::facts::located;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;
use relume_datasets::{Batches, Last};
use relume_training::Plan;

/// A last batch that is too small for batch normalisation.
///
/// Of one sample there is no variance: training refuses such a batch before the first step. The samples of the train
/// part divided by the batch leave a rest; another batch size, last="drop" or last="join" leaves none.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[batchnorm_last_batch]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct BatchnormLastBatch {}

impl Check for BatchnormLastBatch {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl BatchnormLastBatch {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let norm = located(seen.spec()).into_iter().find(|own| own.name() == "batchnorm")?;
        let shape = if norm.path.contains('.') {
            None
        } else {
            norm.path.parse().ok().and_then(|at: usize| seen.network.shapes().get(at).copied())
        };
        // Of an image's channel there are many numbers, even in a single sample.
        if shape.is_none_or(|shape| shape.rank() > 1) {
            return None;
        }
        let (samples, batch) = (seen.train.len(), seen.plan.batch);
        let smallest =
            Batches::in_order(seen.train.clone(), batch).with_last(seen.plan.last).smallest();
        if smallest != 1 {
            return None;
        }
        let text = format!(
            "{} samples in batches of {batch} leave a batch of 1, and {} is not defined for one sample",
            count_text(samples),
            norm.name()
        );
        let finding = Finding::new("batchnorm_last_batch", Severity::Error, text)
            .measured(1.0, 2.0, "samples")
            .at(vec![seen.place(&norm.path)]);
        let joined = Plan { last: Last::Join, ..seen.plan.clone() };
        let fitting = (batch + 1..=samples).find(|size| samples % size != 1);
        let join = Change { network: None, reset: false, plan: Some(joined) };
        let other = fitting.map(|batch| {
            let plan = Plan { batch, ..seen.plan.clone() };
            seen.cure(
                format!("batches of {batch}"),
                Change { network: None, reset: false, plan: Some(plan) },
            )
        });
        // Batches of one have no batch before them that would be larger.
        let join = (batch > 1).then(|| seen.cure("the rest joins the batch before", join));
        let finding = join.into_iter().fold(finding, Finding::cured);
        Some(other.into_iter().fold(finding, Finding::cured))
    }
}
