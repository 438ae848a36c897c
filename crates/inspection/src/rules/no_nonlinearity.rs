//! Dense layers or convolutions in a row without a nonlinear function.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::facts::{Located, is_linear, is_weighted, located};
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Dense layers or convolutions in a row without a nonlinear function.
///
/// The product of matrices is a matrix: without a nonlinear function anywhere, a deep network can say no more than a
/// single layer. A warning if the network has two weighted stages or more and nothing nonlinear, a note for two in a
/// row inside of a network that has some. Goodfellow, Bengio and Courville, "Deep learning", 2016, section 6.1.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[no_nonlinearity]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct NoNonlinearity {}

impl Check for NoNonlinearity {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl NoNonlinearity {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let all: Vec<_> = located(seen.spec());
        let mut pairs = Vec::new();
        let mut before: Option<&Located<'_>> = None;
        for own in &all {
            let is_inside = own.path.contains('.');
            match own.name() {
                name if is_inside || !is_linear(name) => before = None,
                name if is_weighted(name) => {
                    pairs.extend(before.map(|first| (first, own)));
                    before = Some(own);
                }
                _ => {}
            }
        }
        let (first, second) = pairs.first()?;
        let is_last = |own: &Located<'_>| {
            seen.is_output(&own.path) && matches!(own.name(), "softmax" | "log_softmax" | "sigmoid")
        };
        let is_linear_throughout =
            all.iter().all(|own| is_linear(own.name()) || own.name() == "chain" || is_last(own));
        let severity = if is_linear_throughout { Severity::Warning } else { Severity::Note };
        let text = format!(
            "stages {} and {} are one linear function: nothing nonlinear stands between them",
            first.path, second.path
        );
        let places = pairs.iter().map(|(_, own)| seen.place(&own.path)).collect();
        let finding = Finding::new("no_nonlinearity", severity, text).at(places);
        let mut network = seen.spec().clone();
        for (_, own) in pairs.iter().rev() {
            let at: usize = own.path.parse().ok()?;
            network.layers.insert(at, relume_activations::Relu {}.into());
        }
        Some(finding.cured(seen.other_network("relu between them", network)))
    }
}
