//! Gates that are always shut, or states at their ends.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::facts::{GateFacts, without_arguments};
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Gates that are always shut, or states at their ends.
///
/// A gate within 1 % of 0 lets nothing through, and its own gradient hardly passes. A warning if more than half of a
/// gate's values are shut, a problem from 90 %. Open gates are no finding: a forget gate near 1 remembers. A state or a
/// candidate of tanh counts at both ends. Hochreiter and Schmidhuber, "Long short-term memory", 1997; Jozefowicz and
/// others, "An empirical exploration of recurrent network architectures", 2015.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[saturated_gates]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct SaturatedGates {}

impl Check for SaturatedGates {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl SaturatedGates {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let share = |gate: &GateFacts| match gate.name {
            "state" | "cell" | "new" => gate.low + gate.high,
            _ => gate.low,
        };
        let all =
            pass.recurrent.iter().flat_map(|own| own.gates.iter().map(move |gate| (own, gate)));
        let found: Vec<_> = all.filter(|(_, gate)| share(gate) > WARNING).collect();
        let &(layer, worst) =
            found.iter().max_by(|(_, a), (_, b)| share(a).total_cmp(&share(b)))?;
        let severity = match share(worst) {
            _ if seen.share_of_baseline().is_some_and(|share| share < 0.1) => Severity::Note,
            x if x > PROBLEM => Severity::Problem,
            _ => Severity::Warning,
        };
        let how =
            if matches!(worst.name, "state" | "cell" | "new") { "at the ends" } else { "shut" };
        let text = format!(
            "{:.0} % of the values of {} {} are {how}",
            share(worst) * 100.0,
            layer.path,
            worst.name
        );
        let mut stages: Vec<&str> =
            found.iter().filter_map(|(own, _)| Some(own.path.rsplit_once('.')?.0)).collect();
        stages.dedup();
        let finding = Finding::new("saturated_gates", severity, text)
            .measured(share(worst), WARNING, "of the values")
            .at(stages.iter().map(|stage| seen.place(stage)).collect());
        let cure = without_arguments(seen.spec(), &["forget_bias", "init", "bias_init"])
            .map(|spec| seen.other_network("gates that begin half open", spec));
        Some(finding.cured_by(cure).cured_by(seen.smaller_rate()))
    }
}

/// Shares of a gate's values from which they are worth a warning, a problem.
const WARNING: f64 = 0.5;
const PROBLEM: f64 = 0.9;
