//! Inputs that are far from mean 0 and deviation 1.

use super::{Check, Needs};
use crate::Cure;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use relume_layers::{NetworkSpec, Stage};

/// Inputs that are far from mean 0 and deviation 1.
///
/// Weights are initialised for inputs of about that size. A warning if the root mean square of a column is above 100, a
/// note above 10. LeCun and others, "Efficient backprop", 1998, section 4.3.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[unscaled_input]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct UnscaledInput {}

impl Check for UnscaledInput {
    fn needs(&self) -> Needs {
        Needs::Data
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl UnscaledInput {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let facts = seen.samples;
        let starts_with_norm =
            seen.spec().layers.first().is_some_and(|stage| stage.entry().name.ends_with("norm"));
        if facts.are_indices || starts_with_norm {
            return None;
        }
        let mut large: Vec<_> = facts.columns.iter().filter(|own| own.rms() > 10.0).collect();
        large.sort_by(|a, b| b.rms().total_cmp(&a.rms()));
        let worst = large.first()?;
        let severity = if worst.rms() > 100.0 { Severity::Warning } else { Severity::Note };
        let text = format!(
            "column {}: mean {:.4}, deviation {:.4}, after preparation; {} of {} columns are far from mean 0 and \
             deviation 1",
            worst.name,
            worst.mean,
            worst.std,
            large.len(),
            facts.columns.len()
        );
        let finding =
            Finding::new("unscaled_input", severity, text).measured(worst.rms(), 100.0, "");
        let words = Cure::words("standardize=true where the data are read");
        Some(finding.cured_by(normalised(seen)).cured(words))
    }
}

/// The network with a normalisation first.
fn normalised(seen: &Seen<'_>) -> Option<Cure> {
    let name = match *seen.data.sample_shape() {
        [_] | [_, _, _] => "batchnorm",
        // Of a single feature nothing would be left.
        [_, features] if features > 1 => "layernorm",
        _ => return None,
    };
    let norm = Stage::from_record(name, serde_json::Map::new()).ok()?;
    let layers = std::iter::once(norm).chain(seen.spec().layers.iter().cloned()).collect();
    let network = NetworkSpec { layers, ..seen.spec().clone() };
    Some(seen.other_network(format!("{name} first"), network))
}
