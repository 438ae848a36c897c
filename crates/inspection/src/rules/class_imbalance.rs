//! Classes that are much rarer than others.

use super::{Check, Needs};
use crate::Change;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::count_text;
use relume_datasets::Sampler;
use relume_training::Plan;

/// Classes that are much rarer than others.
///
/// What always says the commonest class looks good by accuracy alone. A note if the commonest class has 10 times as
/// many train samples as the rarest, a warning from 50 times, unless the loss or the sampler weighs classes. He and
/// Garcia, "Learning from imbalanced data", 2009.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[class_imbalance]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct ClassImbalance {}

impl Check for ClassImbalance {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl ClassImbalance {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let counts = &seen.samples.classes;
        let most = counts.iter().copied().max()?;
        let least = counts.iter().copied().filter(|&count| count > 0).min()?;
        let ratio = most as f64 / least as f64;
        let weighs =
            seen.plan.loss.arguments().get("weight").is_some_and(|weight| !weight.is_null())
                || seen.plan.sampler == Sampler::Balanced
                || seen.data.weights().is_some();
        if ratio < 10.0 || weighs {
            return None;
        }
        let names = seen.data.classes()?;
        let name =
            |count: usize| counts.iter().position(|&own| own == count).and_then(|at| names.get(at));
        let share = most as f64 / counts.iter().sum::<usize>().max(1) as f64;
        let severity = if ratio >= 50.0 { Severity::Warning } else { Severity::Note };
        let text = format!(
            "{} {} · {} {}: always {:?} is right for {:.2} %; look at recall or f1",
            name(most)?,
            count_text(most),
            name(least)?,
            count_text(least),
            name(most)?,
            share * 100.0
        );
        let finding =
            Finding::new("class_imbalance", severity, text).measured(ratio, 50.0, "times as many");
        let balanced = Plan { sampler: Sampler::Balanced, ..seen.fresh_plan() };
        let change = Change { network: None, reset: true, plan: Some(balanced) };
        Some(finding.cured(seen.cure("each class drawn as often as any other", change)))
    }
}
