//! Few samples for so many parameters.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_catalog::counted;

/// Few samples for so many parameters.
///
/// A network with many more parameters than samples can learn each by heart. A warning from 1,000 parameters for each
/// train sample, a note from 100. Zhang and others, "Understanding deep learning requires rethinking generalization",
/// 2017.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[too_few_samples]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct TooFewSamples {}

impl Check for TooFewSamples {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl TooFewSamples {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        if seen.is_trained() {
            return None;
        }
        let (samples, parameters) = (seen.train.len(), seen.network.parameters().trained_count());
        let ratio = parameters as f64 / samples.max(1) as f64;
        let severity = match ratio {
            x if x >= 1000.0 => Severity::Warning,
            x if x >= 100.0 => Severity::Note,
            _ => return None,
        };
        let text = format!(
            "{} for {}",
            counted(samples, "train sample"),
            counted(parameters, "parameter")
        );
        let finding = Finding::new("too_few_samples", severity, text).measured(
            ratio,
            100.0,
            "parameters a sample",
        );
        Some(finding.cured(Cure::words(
            "fewer units, dropout, weight_decay, augmentation, or a network trained \
         before",
        )))
    }
}
