//! A log_softmax before a loss that has its own.

use super::{Check, Needs};
use crate::facts::Seen;
use crate::{Finding, Severity};
use relume_catalog::Spec;

/// A log_softmax before a loss that has its own.
///
/// log_softmax of log_softmax is the same: it changes nothing but the time that it takes.
///
/// ```relume
/// net = dense(32) -> relu -> dense(10)
/// lint net on digits ignore=[redundant_log_softmax]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Spec)]
#[spec(rule)]
pub struct RedundantLogSoftmax {}

impl Check for RedundantLogSoftmax {
    fn needs(&self) -> Needs {
        Needs::Spec
    }

    fn run(&self, seen: &Seen<'_>) -> Vec<Finding> {
        self.find(seen).into_iter().collect()
    }
}

impl RedundantLogSoftmax {
    fn find(self, seen: &Seen<'_>) -> Option<Finding> {
        let (at, last) = seen.end().filter(|(_, last)| last.entry().name == "log_softmax")?;
        let is_own = seen.plan.loss.entry().name == "cross_entropy";
        let text =
            format!("cross_entropy has its own {}: this one changes nothing", last.entry().name);
        is_own.then(|| {
            Finding::new("redundant_log_softmax", Severity::Note, text).at(vec![seen.place(&at)])
        })
    }
}
