//! Steps that change weights by too much.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::{Spec, number_text};

/// Steps that change weights by too much.
///
/// One real step of the optimizer, on a clone, changes a weight by more than a part of its size: a note from 0.1, a
/// warning from 0.5, a problem from 1, norm(after - before) / norm(before). About 0.001 is usual (Karpathy, "Neural
/// networks: zero to hero", makemore 3, 2022). Before training, a rate of 100 times the optimizer's usual one or more
/// is a warning.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[rate_too_high]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct RateTooHigh {}

impl Check for RateTooHigh {
    fn needs(&self) -> Needs {
        Needs::Step
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl RateTooHigh {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let named = |(name, ratio): &(String, f64)| {
            let pass = seen.pass?;
            let is_matrix = pass
                .parameters
                .iter()
                .any(|own| own.name == *name && own.is_matrix() && own.size > 0.0);
            (is_matrix && ratio.is_finite()).then(|| (name.clone(), *ratio))
        };
        let Some(step) = seen.step else { return by_rate(seen) };
        let updates: Vec<_> =
            step.updates.iter().filter_map(named).filter(|(_, ratio)| *ratio > NOTE).collect();
        let (name, ratio) = updates.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
        let severity = match *ratio {
            x if x > PROBLEM => Severity::Problem,
            x if x > WARNING => Severity::Warning,
            _ => Severity::Note,
        };
        let stage = |name: &str| {
            name.rsplit_once('.').map_or(String::new(), |(stage, _)| stage.to_string())
        };
        let finding = Finding::new(
            "rate_too_high",
            severity,
            format!("a step changes {name} by {ratio:.2} of its size; about 0.001 is usual"),
        )
        .measured(*ratio, NOTE, "of the weights a step")
        .at(updates.iter().map(|(name, _)| seen.place(&stage(name))).collect());
        Some(if severity == Severity::Note { finding } else { finding.cured_by(seen.slower()) })
    }
}

const NOTE: f64 = 0.1;
const WARNING: f64 = 0.5;
const PROBLEM: f64 = 1.0;

/// What the plan says before there was a step.
fn by_rate(seen: &Seen<'_>) -> Option<Finding> {
    let (rate, usual) = (seen.rate(), seen.usual_rate());
    if rate < 100.0 * usual {
        return None;
    }
    let text = format!(
        "a learning rate of {}, where {} is usual for {}",
        number_text(rate),
        number_text(usual),
        seen.plan.optimizer.entry().name
    );
    let finding = Finding::new("rate_too_high", Severity::Warning, text).measured(
        rate / usual,
        100.0,
        "times the usual rate",
    );
    Some(finding.cured_by(seen.smaller_rate()))
}
