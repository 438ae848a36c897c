//! Gradients that grow on their way back.

use super::{Check, Needs};
use crate::Change;
use crate::facts::ParameterFacts;
use crate::facts::Seen;
use crate::{Finding, Severity, one_digit};
use relume_catalog::Spec;
use relume_training::Plan;

/// Gradients that grow on their way back.
///
/// The gradient of an earlier weight is more than 1,000 times that of a later one, root mean square for root mean
/// square. Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[exploding_gradient]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct ExplodingGradient {}

impl Check for ExplodingGradient {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl ExplodingGradient {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let weights: Vec<_> = pass.parameters.iter().filter(|own| own.is_matrix()).collect();
        let size = |own: &ParameterFacts| f64::from(own.gradient.unwrap_or(0.0));
        let last = weights.last().filter(|own| size(own) > 0.0)?;
        let before = weights.iter().filter(|own| size(own) > LIMIT * size(last));
        let large: Vec<_> = before.collect();
        let most = large.iter().max_by(|a, b| size(a).total_cmp(&size(b)));
        let most = most.filter(|_| !seen.is_learned())?;
        let ratio = size(most) / size(last);
        let text = format!(
            "the gradient of {} is {} times that of {}: {} and {}",
            most.name,
            one_digit(ratio),
            last.name,
            one_digit(size(most)),
            one_digit(size(last))
        );
        let finding = Finding::new("exploding_gradient", Severity::Problem, text)
            .measured(ratio, LIMIT, "times the last gradient")
            .at(large.iter().map(|own| seen.place(own.stage())).collect());
        let clipped = Plan { clip: Some(1.0), ..seen.fresh_plan() };
        let clip = seen.cure(
            "gradients of a norm of 1 at most",
            Change { network: None, reset: true, plan: Some(clipped) },
        );
        let cures = [seen.default_initialisers(), seen.initialised_by("he_normal"), Some(clip)];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}

/// How much larger than the last weight's an earlier gradient may be.
const LIMIT: f64 = 1e3;
