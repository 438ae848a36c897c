//! A bias just before batch normalisation, which takes it away again.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::facts::{Located, is_weighted, located};
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A bias just before batch normalisation, which takes it away again.
///
/// Batch normalisation subtracts the mean, and so any bias before it: Ioffe and Szegedy, "Batch normalization", 2015,
/// section 3.2. It does no harm, and costs a little memory and time.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[redundant_bias]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct RedundantBias {}

impl Check for RedundantBias {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl RedundantBias {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let all = located(seen.spec());
        let has_bias = |own: &&Located<'_>| {
            is_weighted(own.name())
                && own.stage.record().1.get("bias").and_then(|bias| bias.as_bool()) != Some(false)
        };
        let pairs = all.windows(2).filter(|pair| pair[1].name() == "batchnorm");
        let found: Vec<_> = pairs.filter_map(|pair| Some(&pair[0]).filter(has_bias)).collect();
        let first = found.first()?;
        let text = format!(
            "batch normalisation takes away the bias of stage {}: bias=false saves it",
            first.path
        );
        let places = found.iter().map(|own| seen.place(&own.path)).collect();
        Some(Finding::new("redundant_bias", Severity::Note, text).at(places))
    }
}
