//! The intersection over the union.

use super::average::ratio;
use super::{Average, InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The intersection over the union of predicted and true places of a class: the Jaccard index.
///
/// IoU = correct / (predicted + true - correct) for each class; a class without samples that was never predicted has 0.
/// Their mean is the usual figure of segmentation (mean IoU): of the masks of images, it is measured over the pixels of
/// all images together. As a function: of class indices `[samples]` or scores `[samples, classes]`, and the true class
/// indices.
///
/// ```relume
/// iou([0, 1, 1, 2], [0, 1, 2, 2], average="none")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric, aliases = ["jaccard", "mean_iou"])]
pub struct Iou {
    /// The mean over classes, over samples, over classes weighted by their samples, or one number for each class.
    #[spec(default = Average::Macro)]
    pub average: Average,
}

impl Metric for Iou {
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
        self.average.measure(Self::ENTRY.name, input, |count| {
            ratio(count.right, count.predicted + count.targets - count.right)
        })
    }
}
