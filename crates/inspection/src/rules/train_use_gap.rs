//! A network that is much worse in use than in training, on the same samples.

use super::{Check, Needs};
use crate::Change;
use crate::facts::Seen;
use crate::facts::{located, without_arguments};
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_training::Plan;

/// A network that is much worse in use than in training, on the same samples.
///
/// The loss in inference is more than twice the loss in training, and more than a tenth of a constant's above it, after
/// 100 steps or more. Running statistics of batch normalisation that do not follow the batches are the usual reason:
/// Ioffe, "Batch renormalization", 2017.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[train_use_gap]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct TrainUseGap {}

impl Check for TrainUseGap {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl TrainUseGap {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass.filter(|_| seen.run.step >= 100)?;
        let (trained, used) = (f64::from(pass.loss), f64::from(pass.loss_in_use));
        // NaN in use is the worst gap.
        if used <= 2.0 * trained || used - trained <= 0.1 * seen.baseline()?.loss {
            return None;
        }
        let text =
            format!("the same samples have the loss {trained:.3} in training and {used:.3} in use");
        let norms = located(seen.spec()).into_iter().filter(|own| own.name() == "batchnorm");
        let finding = Finding::new("train_use_gap", Severity::Warning, text)
            .measured(used / trained, 2.0, "times the loss in training")
            .at(norms.map(|own| seen.place(&own.path)).collect());
        let cure = without_arguments(seen.spec(), &["momentum"]).map(|spec| {
            seen.other_network("running statistics that follow the batches as usual", spec)
        });
        let larger = Plan { batch: seen.plan.batch.max(32), ..seen.fresh_plan() };
        let larger =
            seen.cure("larger batches", Change { network: None, reset: true, plan: Some(larger) });
        Some(cure.into_iter().chain([larger]).fold(finding, Finding::cured))
    }
}
