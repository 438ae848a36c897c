//! Steps that change weights by too little, while there is much to learn.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Change, Cure};
use crate::{Finding, Severity, one_digit};
use relume_catalog::{Spec, number_text, rounded};

/// Steps that change weights by too little, while there is much to learn.
///
/// One real step of the optimizer, on a clone, changes no weight by more than 1e-5 of its size, where about 1e-3 is
/// usual (Karpathy, makemore 3, 2022), after an epoch or more and with a loss above half of a constant's. Before
/// training, and where no constant has a loss, a rate of less than a thousandth of the optimizer's usual one is a
/// warning.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[rate_too_low]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct RateTooLow {}

impl Check for RateTooLow {
    fn needs(&self) -> Needs {
        Needs::Step
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl RateTooLow {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let Some(step) = seen.step else { return by_rate(seen) };
        let pass = seen.pass.filter(|_| seen.run.epoch > 0)?;
        let matrices = pass.parameters.iter().filter(|own| own.is_matrix());
        let most = matrices.filter_map(|own| step.update(&own.name)).fold(0.0, f64::max);
        // Where nothing at all changes, no gradient comes.
        let small = Some(most).filter(|&most| most > 0.0 && most < LIMIT);
        let by_rate = by_rate(seen);
        if small.is_none() && by_rate.is_none() {
            return None;
        }
        // Whether there is much to learn is seen beside a constant; without one the plan is all that is known.
        let Some(share) = seen.share_of_baseline() else { return by_rate };
        let most = small.filter(|_| share >= 0.5)?;
        let text = format!(
            "a step changes weights by {} of their size; about 0.001 is usual, and there is much to learn",
            one_digit(most)
        );
        let finding = Finding::new("rate_too_low", Severity::Warning, text).measured(
            most,
            LIMIT,
            "of the weights a step",
        );
        Some(faster(seen, most).into_iter().fold(finding, Finding::cured))
    }
}

/// The least part of a weight's size that a step should change.
const LIMIT: f64 = 1e-5;

/// The usual rate, and the one that would change weights by 0.001 of their size.
fn faster(seen: &Seen<'_>, update: f64) -> Vec<Cure> {
    let fitting = rounded(seen.rate() * 1e-3 / update.max(1e-12), 1);
    let mut rates = vec![seen.usual_rate().max(seen.rate() * 10.0), fitting];
    rates.dedup();
    let cure = |lr: f64| {
        let plan = Some(seen.plan_at(seen.fresh_plan(), lr)?);
        let change = Change { network: None, reset: false, plan };
        Some(seen.cure(format!("a learning rate of {}", number_text(lr)), change))
    };
    rates.into_iter().filter(|lr| *lr > seen.rate()).filter_map(cure).collect()
}

/// What the plan says before there was a step.
fn by_rate(seen: &Seen<'_>) -> Option<Finding> {
    let (rate, usual) = (seen.rate(), seen.usual_rate());
    if rate <= 0.0 || rate > usual / 1000.0 {
        return None;
    }
    let text = format!(
        "a learning rate of {}, where {} is usual for {}",
        number_text(rate),
        number_text(usual),
        seen.plan.optimizer.entry().name
    );
    let finding = Finding::new("rate_too_low", Severity::Warning, text).measured(
        rate / usual,
        1e-3,
        "of the usual rate",
    );
    let cure = seen.plan_at(seen.fresh_plan(), usual).map(|plan| {
        let change = Change { network: None, reset: false, plan: Some(plan) };
        seen.cure(format!("a learning rate of {usual}"), change)
    });
    Some(cure.into_iter().fold(finding, Finding::cured))
}
