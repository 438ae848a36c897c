//! Trained parameters that no gradient reaches.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// Trained parameters that no gradient reaches.
///
/// Their gradient is exactly 0, or there is none, though there is something to learn: they stay as they are. The stage
/// behind them that lets no gradient pass is named as the cause. What stands before a weight that is 0 and learns
/// itself is not meant: its first step lets the gradient pass.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[no_gradient]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct NoGradient {}

impl Check for NoGradient {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl NoGradient {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let is_table = |name: &str| {
            seen.place(name.rsplit_once('.').map_or("", |(stage, _)| stage))
                .stage
                .starts_with("embedding")
        };
        let found: Vec<_> = pass
            .parameters
            .iter()
            .skip(seen.held_back())
            .filter(|own| {
                own.gradient.is_none_or(|gradient| gradient == 0.0) && !is_table(&own.name)
            })
            .collect();
        let first = found.first().filter(|_| !seen.is_learned())?;
        let mut stages: Vec<&str> = found.iter().map(|own| own.stage()).collect();
        stages.dedup();
        let names: Vec<&str> = found.iter().take(4).map(|own| own.name.as_str()).collect();
        let more =
            if found.len() > 4 { format!(" and {} more", found.len() - 4) } else { String::new() };
        let finding = Finding::new(
            "no_gradient",
            Severity::Problem,
            format!("the gradient of {}{more} is exactly 0", names.join(", ")),
        )
        .measured(0.0, 0.0, "")
        .at(stages.iter().map(|stage| seen.place(stage)).collect());
        let at = pass.places.iter().position(|place| place.path == first.stage()).unwrap_or(0);
        let cut = pass.places[at..].windows(2).find(|pair| {
            pair[0].gradient.is_none_or(|x| x == 0.0) && pair[1].gradient.is_some_and(|x| x > 0.0)
        });
        let finding = match cut {
            Some([_, by]) => {
                finding.because(format!("stage {}, {}, lets none pass", by.path, by.stage))
            }
            _ => finding,
        };
        let cures = [seen.default_initialisers(), seen.leaky(), seen.smaller_rate()];
        Some(cures.into_iter().flatten().fold(finding, Finding::cured))
    }
}
