//! Gradients that shrink on their way back.

use super::{Check, Needs};
use crate::facts::ParameterFacts;
use crate::facts::Seen;
use crate::{Finding, Severity, one_digit};
use relume_catalog::Spec;

/// Gradients that shrink on their way back.
///
/// The gradients of weights are compared, root mean square for root mean square: they are sums over all places, so that
/// a mean over an image does not look like a loss. A warning if an earlier weight's is below 1e-4 of a later one's, a
/// problem below 1e-7 (of f32's seven digits nothing is left, and SageMaker Debugger's VanishingGradient has 1e-7).
/// Silent where hardly anything is left to learn. Glorot and Bengio, "Understanding the difficulty of training deep
/// feedforward neural networks", 2010.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[vanishing_gradient]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct VanishingGradient {}

impl Check for VanishingGradient {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl VanishingGradient {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let weights: Vec<_> = pass.parameters.iter().filter(|own| own.is_matrix()).collect();
        let size = |own: &ParameterFacts| f64::from(own.gradient.unwrap_or(0.0));
        let (last, most) = weights
            .iter()
            .enumerate()
            .filter(|(_, own)| size(own).is_finite())
            .max_by(|(_, a), (_, b)| size(a).total_cmp(&size(b)))?;
        // What stands before a weight that is 0 and learns has a gradient after its first step.
        let held_back = pass.parameters.get(..seen.held_back()).unwrap_or_default();
        let is_held_back =
            |own: &ParameterFacts| held_back.iter().any(|held| held.name == own.name);
        let before = weights.iter().take(last).filter(|own| size(own) < WARNING * size(most));
        let small: Vec<_> = before.filter(|own| !is_held_back(own)).collect();
        let least = small.iter().min_by(|a, b| size(a).total_cmp(&size(b)));
        let least = least.filter(|_| !seen.is_learned())?;
        let ratio = size(least) / size(most);
        let severity = if ratio < PROBLEM { Severity::Problem } else { Severity::Warning };
        let text = format!(
            "the gradient of {} is {} of that of {}: {} and {}",
            least.name,
            one_digit(ratio),
            most.name,
            one_digit(size(least)),
            one_digit(size(most))
        );
        let finding = Finding::new("vanishing_gradient", severity, text)
            .measured(ratio, WARNING, "of the largest gradient")
            .at(small.iter().map(|own| seen.place(own.stage())).collect());
        let cures =
            [seen.unsaturated(), seen.default_initialisers(), seen.initialised_by("he_normal")];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}

/// Shares of the largest gradient below which an earlier one is worth a warning, a problem.
const WARNING: f64 = 1e-4;
const PROBLEM: f64 = 1e-7;
