//! A loss at the start that is far above that of outputs that say nothing.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A loss at the start that is far above that of outputs that say nothing.
///
/// A network that knows nothing should say so: at the start its loss is about that of logits of 0, ln 10 for ten
/// classes. A note from 1.5 times that or a constant's, whichever is larger, a warning from 3 times. Only for classes.
/// Karpathy, "A recipe for training neural networks", 2019: verify loss at init.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[initial_loss]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct InitialLoss {}

impl Check for InitialLoss {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl InitialLoss {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass.filter(|_| !seen.is_trained() && seen.data.classes().is_some())?;
        // Where classes are not equally frequent, a network that says nothing is above the best constant.
        let nothing = pass.loss_of_nothing.map_or(0.0, f64::from);
        let ratio = f64::from(pass.loss) / seen.baseline()?.loss.max(nothing);
        let severity = match ratio {
            x if x > 3.0 => Severity::Warning,
            x if x > 1.5 => Severity::Note,
            _ => return None,
        };
        let text = format!(
            "the loss is {:.2} at the start, {ratio:.1} times that of outputs that say nothing",
            pass.loss
        );
        let finding = Finding::new("initial_loss", severity, text).measured(
            ratio,
            1.5,
            "times that of nothing",
        );
        Some(seen.default_initialisers().into_iter().fold(finding, Finding::cured))
    }
}
