//! Precision.

use super::average::ratio;
use super::{Average, InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The share of correct ones among the samples predicted as a class.
///
/// A class that was never predicted has 0. With average="micro" it is the accuracy. As a function: of class indices
/// `[samples]` or scores `[samples, classes]`, and the true class indices.
///
/// ```relume
/// precision([0, 1, 1, 2], [0, 1, 2, 2], average="none")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct Precision {
    /// The mean over classes, over samples, over classes weighted by their samples, or one number for each class.
    #[spec(default = Average::Macro)]
    pub average: Average,
}

impl Metric for Precision {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn takes_multi_labels(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        self.average.measure(Self::ENTRY.name, input, |count| ratio(count.right, count.predicted))
    }
}
