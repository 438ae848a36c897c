//! Units that pass no gradient for any sample.

use super::{Check, Needs};
use crate::Place;
use crate::facts::Seen;
use crate::facts::UnitFacts;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Units that pass no gradient for any sample.
///
/// A unit is dead if the slope of its activation function is below 1e-6 for every sample of the train part, at every
/// place: nothing behind it learns, and it never comes back by itself. Relu's slope is 0 below 0; gelu, silu and others
/// are as flat far below. A note from 10 % of a stage's units, a warning from 50 % after training (the rule DeadRelu of
/// Amazon SageMaker Debugger has 50 %), a problem from 90 %. Lu and others, "Dying ReLU and initialization", 2019.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[dead_units]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct DeadUnits {}

impl Check for DeadUnits {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl DeadUnits {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let share = |units: &UnitFacts| units.dead.len() as f64 / units.count.max(1) as f64;
        let mut found: Vec<_> = pass
            .places
            .iter()
            .filter_map(|place| place.units.as_ref().map(|units| (place, units)))
            .filter(|(_, units)| share(units) >= NOTE)
            .collect();
        found.sort_by(|(_, a), (_, b)| share(b).total_cmp(&share(a)));
        let &(worst, units) = found.first()?;
        let severity = match share(units) {
            x if x >= PROBLEM => Severity::Problem,
            // Many units of a deep network are dead at first, and come to life as those before them learn.
            x if x >= WARNING && seen.is_trained() => Severity::Warning,
            _ => Severity::Note,
        };
        let text = format!(
            "{} of {} units of {} pass no gradient for any of {} samples",
            units.dead.len(),
            units.count,
            worst.path,
            pass.counted
        );
        let severe =
            found.iter().filter(|(_, own)| severity == Severity::Note || share(own) >= WARNING);
        let places = severe.map(|(place, own)| Place {
            path: place.path.clone(),
            stage: place.stage.clone(),
            units: own.dead.clone(),
        });
        let finding = Finding::new("dead_units", severity, text)
            .measured(share(units), WARNING, "of the units")
            .at(places.collect());
        Some(if severity == Severity::Note { finding } else { with_cures(seen, finding) })
    }
}

/// Shares of a stage's units from which they are worth a note, a warning, a problem.
const NOTE: f64 = 0.1;
const WARNING: f64 = 0.5;
const PROBLEM: f64 = 0.9;

/// The cause, as far as it is known, and what to do about it.
fn with_cures(seen: &Seen<'_>, finding: Finding) -> Finding {
    let is_fast = seen.is_fast();
    let initialised = seen.default_initialisers();
    let finding = match (is_fast, &initialised) {
        (true, _) => finding.because(format!(
            "{}: a step too far takes units below 0 for all samples",
            seen.too_fast()
        )),
        (false, Some(_)) => {
            finding.because("weights and biases begin where no sample brings the units above 0")
        }
        _ => finding,
    };
    let cures = match is_fast {
        true => [seen.smaller_rate(), initialised, seen.leaky()],
        false => [initialised, seen.leaky(), seen.smaller_rate()],
    };
    cures.into_iter().flatten().fold(finding, Finding::cured)
}
