//! Outputs that are nearly the same for all samples.

use super::{Check, Needs};
use crate::facts::{ParameterFacts, Seen};
use crate::{Finding, Severity, one_digit};
use relume_catalog::Spec;

/// Outputs that are nearly the same for all samples.
///
/// The signal of a place is the standard deviation between samples, root mean square over the units, as a share of the
/// outputs' root mean square. Below 0.001, from some stage to the end, nothing of a sample reaches the output; f32
/// keeps seven digits of it. A problem while the loss is no better than half of a constant's. Poole and others,
/// "Exponential expressivity in deep neural networks through transient chaos", 2016.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[lost_signal]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct LostSignal {}

impl Check for LostSignal {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl LostSignal {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen
            .pass
            .filter(|pass| pass.input.signal > 10.0 * LIMIT || seen.samples.are_indices)?;
        let outside: Vec<_> = pass.places.iter().filter(|place| place.depth() == 0).collect();
        let behind =
            outside.iter().rposition(|place| place.output.signal >= LIMIT).map_or(0, |at| at + 1);
        let lost = outside.get(behind..).filter(|lost| !lost.is_empty())?;
        if seen.is_trained() && seen.share_of_baseline().is_some_and(|share| share < 0.5) {
            return None;
        }
        // A head of zeros says the same of all samples, and no longer after its first step.
        let is_shut = |own: &ParameterFacts| {
            own.is_shut() && own.stage().split('.').next() == Some(&lost[0].path)
        };
        if pass.parameters.iter().any(is_shut) {
            return None;
        }
        let least = lost.iter().map(|place| place.output.signal).fold(f32::INFINITY, f32::min);
        let text = format!(
            "from stage {} on, outputs differ between samples by {} of their \
             size",
            lost[0].path,
            one_digit(least.into())
        );
        let places = lost.iter().map(|place| seen.place(&place.path)).collect();
        let finding = Finding::new("lost_signal", Severity::Problem, text)
            .measured(least.into(), LIMIT.into(), "of the outputs")
            .at(places);
        let cures =
            [seen.unsaturated(), seen.initialised_by("he_normal"), seen.default_initialisers()];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}

/// The least share of the outputs that differs between samples.
const LIMIT: f32 = 1e-3;
