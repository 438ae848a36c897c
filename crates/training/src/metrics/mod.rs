//! Metrics: measures of predictions. One file each; all of them in one table.

mod accuracy;
mod average;
mod character_error_rate;
mod class_results;
mod confusion_matrix;
mod edit_distance;
mod error;
mod error_rate;
mod f1;
mod format;
mod hamming_loss;
mod input;
mod iou;
mod label_ranking;
mod label_results;
mod mae;
mod mse;
mod perplexity;
mod precision;
mod r2;
mod recall;
mod rmse;
mod roc_auc;
mod subset_accuracy;
mod top_k;
mod value;
mod word_error_rate;

pub use accuracy::Accuracy;
pub use average::Average;
pub use character_error_rate::CharacterErrorRate;
pub use class_results::ClassResults;
pub use confusion_matrix::{ConfusionMatrix, Normalize};
pub use edit_distance::{best_path, edit_distance};
pub use error::MetricError;
pub use error_rate::ErrorRate;
pub use f1::F1;
pub use format::format_metric;
pub use hamming_loss::HammingLoss;
pub(crate) use input::padded_labels;
pub use input::{InputKind, MetricInput};
pub use iou::Iou;
pub use label_ranking::LabelRankingAveragePrecision;
pub use label_results::LabelResults;
pub use mae::MeanAbsoluteError;
pub use mse::MeanSquaredError;
pub use perplexity::Perplexity;
pub use precision::Precision;
pub use r2::R2;
pub use recall::Recall;
pub use rmse::RootMeanSquaredError;
pub use roc_auc::RocAuc;
pub use subset_accuracy::SubsetAccuracy;
pub(crate) use subset_accuracy::are_right;
pub use top_k::TopK;
pub use value::MetricValue;
pub use word_error_rate::WordErrorRate;

use relume_catalog::table;

/// The behaviour of a metric, beside its description.
pub trait Metric {
    /// The kind of its input.
    fn input(&self) -> InputKind;

    /// Measures.
    ///
    /// # Errors
    /// Predictions and targets of another kind than [`Metric::input`], that do not match each other, or for which the
    /// metric is not defined.
    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError>;

    /// Whether it is also measured on [`InputKind::MultiLabels`].
    fn takes_multi_labels(&self) -> bool {
        self.input() == InputKind::MultiLabels
    }

    /// Whether larger values are better.
    fn is_better_larger(&self) -> bool {
        false
    }

    /// Whether it is shown as a percentage.
    fn is_percentage(&self) -> bool {
        false
    }
}

table! {
    /// Every metric: of classes, of scores, of several labels, of numbers, of texts.
    pub enum MetricSpec: dyn Metric as Metric {
        Accuracy, TopK, Precision, Recall, F1, Iou, ConfusionMatrix, RocAuc, Perplexity,
        SubsetAccuracy, HammingLoss, LabelRankingAveragePrecision,
        MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError, R2,
        ErrorRate, WordErrorRate, CharacterErrorRate,
    }
}

/// The position of the largest number, the first of several; NaN is never the largest. 0 for an empty row.
pub fn argmax(row: &[f32]) -> usize {
    let mut best = 0;
    for (place, &value) in row.iter().enumerate() {
        if value > row[best] {
            best = place;
        }
    }
    best
}
