//! Outputs that grow from stage to stage.

use super::{Check, Needs};
use crate::facts::PlaceFacts;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Outputs that grow from stage to stage.
///
/// The root mean square of a hidden stage's outputs is more than 1,000 times that of the network's input. With weights
/// of variance 2 / inputs, as he_normal has them, it stays as it is from one relu to the next: He and others, "Delving
/// deep into rectifiers", 2015, equation 10.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[exploding_signal]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct ExplodingSignal {}

impl Check for ExplodingSignal {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl ExplodingSignal {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let from = f64::from(pass.input.rms).max(1e-6);
        let from = if seen.samples.are_indices { 1.0 } else { from };
        let outputs = seen.output_paths();
        let ratio = |place: &PlaceFacts| f64::from(place.output.rms) / from;
        let large: Vec<_> = pass
            .places
            .iter()
            .filter(|place| {
                !outputs.contains(&place.path) && ratio(place).is_finite() && ratio(place) > LIMIT
            })
            .collect();
        let most = large.iter().max_by(|a, b| ratio(a).total_cmp(&ratio(b)))?;
        let stages = seen.spec().layers.len().max(1) as f64;
        let text = format!(
            "outputs grow {:.0e} times on their way to stage {}, about {:.1} times a stage",
            ratio(most),
            most.path,
            ratio(most).powf(1.0 / stages)
        );
        let places = large.iter().map(|place| seen.place(&place.path)).collect();
        let finding = Finding::new("exploding_signal", Severity::Problem, text)
            .measured(ratio(most), LIMIT, "times the input")
            .at(places);
        let cures =
            [seen.initialised_by("he_normal"), seen.default_initialisers(), seen.smaller_rate()];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}

/// How much larger than the input outputs may be.
const LIMIT: f64 = 1e3;
