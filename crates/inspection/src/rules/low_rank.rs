//! A weight whose rows are multiples of one another.

use super::{Check, Needs};
use crate::facts::ParameterFacts;
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;
use std::cmp::Ordering;

/// A weight whose rows are multiples of one another.
///
/// The stable rank of a weight, the square of its Frobenius norm by that of its spectral norm, is 1 if all rows are
/// multiples of one: then all units say the same. A warning below 1.01, a note below 1.1, for weights of eight rows and
/// columns or more. Rudelson and Vershynin, "Sampling from large matrices", 2007.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// inspect net on digits ignore=[low_rank]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct LowRank {}

impl Check for LowRank {
    fn needs(&self) -> Needs {
        Needs::Pass
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl LowRank {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let pass = seen.pass?;
        let is_wide = |own: &&ParameterFacts| {
            let shape = seen
                .network
                .parameters()
                .find(&own.name)
                .map(|id| seen.network.parameters().get(id).value.shape());
            own.rows >= 8 && shape.is_some_and(|shape| shape.tail(1).count() >= 8)
        };
        let found: Vec<_> = pass
            .parameters
            .iter()
            .filter(|own| own.stable_rank.is_some_and(|rank| rank > 0.0 && rank < 1.1))
            .filter(is_wide)
            .collect();
        let least = found
            .iter()
            .min_by(|a, b| a.stable_rank.partial_cmp(&b.stable_rank).unwrap_or(Ordering::Equal))?;
        let rank = f64::from(least.stable_rank?);
        let severity = if rank < 1.01 { Severity::Warning } else { Severity::Note };
        let text = format!(
            "the rows of {} are nearly multiples of one: its stable rank is {rank:.2}",
            least.name
        );
        let finding = Finding::new("low_rank", severity, text)
            .measured(rank, 1.1, "")
            .at(found.iter().map(|own| seen.place(own.stage())).collect());
        Some(seen.default_initialisers().into_iter().fold(finding, Finding::cured))
    }
}
