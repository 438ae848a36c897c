//! Outputs, gradients or weights that are not finite.

use super::{Check, Needs};
use crate::examination::fault_of_own_activation;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Outputs, gradients or weights that are not finite.
///
/// A single NaN or infinity spreads to every weight in one step. The first place in the order of the pass is named, and
/// an activation function of one's own whose value or slope is not finite somewhere, as that of sqrt(abs(x)) at 0.
/// IEEE 754: nothing finite comes of NaN.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[not_finite]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct NotFinite {}

impl Check for NotFinite {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl NotFinite {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let place = pass.places.iter().find(|place| !place.output.rms.is_finite());
        let weight = pass.parameters.iter().find(|own| !own.size.is_finite());
        let gradient =
            pass.parameters.iter().find(|own| own.gradient.is_some_and(|x| !x.is_finite()));
        let step = seen.step.is_some_and(|step| step.diverged);
        let (text, places) = match (weight, place, gradient) {
            (Some(own), ..) => {
                (format!("{} is not finite", own.name), vec![seen.place(own.stage())])
            }
            (_, Some(own), _) => {
                ("its outputs are not finite".to_string(), vec![seen.place(&own.path)])
            }
            (_, _, Some(own)) => (
                format!("the gradient of {} is not finite", own.name),
                vec![seen.place(own.stage())],
            ),
            _ if !pass.loss.is_finite() => ("the loss is not finite".to_string(), Vec::new()),
            _ if step => {
                ("the next step gives numbers that are not finite".to_string(), Vec::new())
            }
            _ => return None,
        };
        let finding = Finding::new("not_finite", Severity::Problem, text)
            .measured(f64::NAN, f64::MAX, "")
            .at(places);
        let finding = match fault_of_own_activation(seen.spec()) {
            Some(fault) => finding.because(fault.to_string()),
            None => finding,
        };
        Some(match seen.initialised_by("he_normal").filter(|_| !seen.is_trained()) {
            Some(cure) => finding.cured(cure).cured_by(seen.smaller_rate()),
            None => finding.cured_by(seen.smaller_rate()),
        })
    }
}
