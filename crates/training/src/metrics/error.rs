//! Why a metric cannot be measured.

use relume_tensor::TensorError;
use thiserror::Error;

/// A metric that cannot be measured on these results.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MetricError {
    /// Results of another kind.
    #[error("{metric} is measured on {wanted}, not on {given}")]
    Kind {
        /// The metric.
        metric: &'static str,
        /// What it is measured on.
        wanted: &'static str,
        /// What there is.
        given: &'static str,
    },
    /// Results for which the metric is not defined.
    #[error("{metric} is not defined here: {problem}")]
    Undefined {
        /// The metric.
        metric: &'static str,
        /// Why not, as a sentence.
        problem: String,
    },
    /// Predictions and targets that do not match each other.
    #[error("{metric}: {problem}")]
    Mismatch {
        /// The metric.
        metric: &'static str,
        /// What is wrong, as a sentence.
        problem: String,
    },
    /// Batches of predictions that cannot be concatenated.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

impl MetricError {
    /// What to do about it, if there is advice.
    pub fn help(&self) -> Option<String> {
        let MetricError::Kind { given, .. } = self else { return None };
        match *given {
            "numbers" => Some("for numbers there are mae, mse, rmse and r2".to_string()),
            "several labels" => Some(
                "for several labels there are f1, roc_auc, subset_accuracy, hamming_loss and more: `help metrics`"
                    .to_string(),
            ),
            "classes" => Some(
                "for classes there are accuracy, f1, confusion_matrix and more: `help metrics`"
                    .to_string(),
            ),
            "rows of labels" => Some(
                "for rows of labels there are character_error_rate and word_error_rate".to_string(),
            ),
            _ => None,
        }
    }
}
