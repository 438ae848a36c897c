//! Activations at the flat ends of their range.

use super::{Check, Needs};
use crate::facts::PlaceFacts;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Activations at the flat ends of their range.
///
/// Values within 1 % of an end of the range, such as tanh beyond 0.98, pass hardly any gradient. A warning from half of
/// a hidden stage's values, a problem from 90 %; a note once the loss is below a tenth of a constant's. The outputs are
/// left out: a network that is sure of itself ends there. LeCun and others, "Efficient backprop", 1998.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[saturation]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Saturation {}

impl Check for Saturation {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Saturation {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let outputs = seen.output_paths();
        let share = |place: &PlaceFacts| place.units.as_ref().map_or(0.0, |units| units.saturated);
        let found: Vec<_> = pass
            .places
            .iter()
            .filter(|place| !outputs.contains(&place.path) && share(place) > WARNING)
            .collect();
        let worst = found.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        let severity = match share(worst) {
            _ if seen.share_of_baseline().is_some_and(|share| share < 0.1) => Severity::Note,
            x if x > PROBLEM => Severity::Problem,
            _ => Severity::Warning,
        };
        let text = format!(
            "{:.0} % of the values of {} lie at the flat ends, where hardly any gradient passes",
            share(worst) * 100.0,
            worst.path
        );
        let finding = Finding::new("saturation", severity, text)
            .measured(share(worst), WARNING, "of the values")
            .at(found.iter().map(|place| seen.place(&place.path)).collect());
        let slower = seen.smaller_rate().filter(|_| seen.is_fast());
        let finding = if slower.is_some() { finding.because(seen.too_fast()) } else { finding };
        let cures = [
            slower,
            seen.default_initialisers(),
            seen.initialised_by("xavier_uniform"),
            seen.unsaturated(),
        ];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}

/// Shares of a stage's values from which they are worth a warning, a problem.
const WARNING: f64 = 0.5;
const PROBLEM: f64 = 0.9;
