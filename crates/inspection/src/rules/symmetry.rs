//! Units that compute the same and learn the same.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Units that compute the same and learn the same.
///
/// Rows of a weight that are equal, with equal gradients, stay equal step by step: as many units are worth
/// one. A problem if all rows of a stage are equal, a warning from a half. Goodfellow, Bengio and Courville, "Deep
/// learning", 2016, section 8.4: initial parameters must break symmetry.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[symmetry]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct Symmetry {}

impl Check for Symmetry {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl Symmetry {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let equal = |own: &&crate::facts::ParameterFacts| {
            own.is_matrix() && own.rows > 1 && own.equal_rows * 2 >= own.rows
        };
        let found: Vec<_> = pass.parameters.iter().filter(equal).collect();
        let worst =
            found.iter().map(|own| own.equal_rows as f64 / own.rows as f64).fold(0.0, f64::max);
        let first = found.first()?;
        let severity = if worst == 1.0 { Severity::Problem } else { Severity::Warning };
        let text = format!(
            "{} of {} rows of {} are equal, and so are their gradients: these units stay the same",
            first.equal_rows, first.rows, first.name
        );
        let places = found.iter().map(|own| seen.place(own.stage())).collect();
        let finding =
            Finding::new("symmetry", severity, text).measured(worst, 0.5, "of the rows").at(places);
        Some(match seen.default_initialisers() {
            Some(cure) => {
                finding.because("the initialiser gives all units the same weights").cured(cure)
            }
            None => finding.cured_by(seen.smaller_rate()),
        })
    }
}
