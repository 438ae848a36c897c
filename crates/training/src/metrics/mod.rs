//! Metrics: how good predictions are, in numbers for people. One file each; all of them in one table.

mod accuracy;
mod answers;
mod average;
mod character_error_rate;
mod confusion_matrix;
mod edit_distance;
mod error;
mod f1;
mod figure;
mod mae;
mod mse;
mod perplexity;
mod precision;
mod r2;
mod recall;
mod rmse;
mod roc_auc;
mod top_k;
mod word_error_rate;

pub use accuracy::Accuracy;
pub(crate) use answers::threshold;
pub use answers::{Answers, ClassAnswers};
pub use average::Average;
pub use character_error_rate::CharacterErrorRate;
pub use confusion_matrix::{ConfusionMatrix, Normalize};
pub use edit_distance::{best_path, edit_distance};
pub use error::MetricError;
pub use f1::F1;
pub use figure::Figure;
pub use mae::MeanAbsoluteError;
pub use mse::MeanSquaredError;
pub use perplexity::Perplexity;
pub use precision::Precision;
pub use r2::R2;
pub use recall::Recall;
pub use rmse::RootMeanSquaredError;
pub use roc_auc::RocAuc;
pub use top_k::TopK;
pub use word_error_rate::WordErrorRate;

use relume_catalog::table;

/// What a metric is measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The class of each sample; scores of all classes will do.
    Classes,
    /// A score for each class, the larger the likelier.
    Scores,
    /// Numbers.
    Values,
    /// Texts, or rows of labels.
    Texts,
}

/// What a metric can do beyond describing itself.
pub trait Measure {
    /// What it is measured on.
    fn reads(&self) -> Reads;

    /// Measures.
    ///
    /// # Errors
    /// Answers of another kind than [`Measure::reads`] says, or for which the metric is not defined.
    fn measure(&self, answers: &Answers) -> Result<Figure, MetricError>;
}

table! {
    /// Every metric: of classes, of scores, of numbers, of texts.
    pub enum MetricSpec: dyn Measure {
        Accuracy, TopK, Precision, Recall, F1, ConfusionMatrix, RocAuc, Perplexity,
        MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError, R2,
        WordErrorRate, CharacterErrorRate,
    }
}
