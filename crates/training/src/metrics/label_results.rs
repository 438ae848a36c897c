//! Predicted labels beside true ones: any number of them in each sample.

use super::average::Counts;
use super::{MetricError, MetricInput};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The score from which on a label is predicted.
const THRESHOLD: f64 = 0.5;

/// Predicted labels beside true ones: any number of them in each sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabelResults {
    /// How many labels there are.
    pub labels: usize,
    /// The probability of each label for each sample, sample by sample; a label is predicted from 0.5 on.
    pub scores: Vec<f64>,
    /// Whether each sample has each label, sample by sample.
    pub targets: Vec<bool>,
}

impl LabelResults {
    /// Of probabilities and of 0 and 1, both `[samples, labels]`.
    pub(super) fn of_tensors(
        metric: &'static str,
        scores: &Tensor,
        targets: &Tensor,
    ) -> Result<Self, MetricError> {
        if scores.shape() != targets.shape() || scores.rank() != 2 {
            let problem = format!(
                "predictions of shape {} do not go with targets of {}: [samples, labels] are wanted for both",
                scores.shape(),
                targets.shape()
            );
            return Err(MetricError::Mismatch { metric, problem });
        }
        if let Some(place) = targets.data().iter().position(|&x| x != 0.0 && x != 1.0) {
            let (row, x) = (place / scores.dims()[1].max(1), targets.data()[place]);
            let problem = format!("row {row}: {x} is not a label: 1 is one, and 0 is none");
            return Err(MetricError::Mismatch { metric, problem });
        }
        Ok(LabelResults {
            labels: scores.dims()[1],
            scores: scores.data().iter().map(|&x| f64::from(x)).collect(),
            targets: targets.data().iter().map(|&x| x == 1.0).collect(),
        })
    }

    pub(super) fn extend(&mut self, more: LabelResults) {
        self.scores.extend(more.scores);
        self.targets.extend(more.targets);
    }

    /// Itself, if there are samples, and a score for each target.
    pub(super) fn checked(&self, metric: &'static str) -> Result<&Self, MetricError> {
        let is_whole = self.labels > 0 && self.targets.len().is_multiple_of(self.labels);
        if self.scores.len() != self.targets.len() || !is_whole {
            let problem = "there is not a score for each label of each sample".to_string();
            return Err(MetricError::Mismatch { metric, problem });
        }
        match self.targets.is_empty() {
            true => {
                let problem = "there are no samples".to_string();
                Err(MetricError::Undefined { metric, problem })
            }
            false => Ok(self),
        }
    }

    /// Scores and targets, sample by sample.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = (&[f64], &[bool])> {
        self.scores.chunks_exact(self.labels).zip(self.targets.chunks_exact(self.labels))
    }

    /// The mean of a number of each sample.
    pub(super) fn mean(&self, of_sample: fn(&[f64], &[bool]) -> f64) -> f64 {
        let rows = self.rows();
        let count = rows.len().max(1) as f64;
        self.rows().map(|(scores, targets)| of_sample(scores, targets)).sum::<f64>() / count
    }

    /// The counts of each label.
    pub(super) fn counts(&self) -> Vec<Counts> {
        let mut counts = vec![Counts::default(); self.labels];
        for (scores, targets) in self.rows() {
            for ((count, &score), &target) in counts.iter_mut().zip(scores).zip(targets) {
                let predicted = is_predicted(score);
                count.predicted += f64::from(predicted);
                count.targets += f64::from(target);
                count.right += f64::from(predicted && target);
            }
        }
        counts
    }
}

/// Whether a label of this score is predicted.
pub(crate) fn is_predicted(score: f64) -> bool {
    score >= THRESHOLD
}

impl MetricInput {
    /// The labels among them, checked; `None` if they are of another kind.
    pub(super) fn labels(
        &self,
        metric: &'static str,
    ) -> Option<Result<&LabelResults, MetricError>> {
        match self {
            MetricInput::MultiLabels(results) => Some(results.checked(metric)),
            _ => None,
        }
    }

    /// The labels among them, checked.
    pub(super) fn only_labels(&self, metric: &'static str) -> Result<&LabelResults, MetricError> {
        self.labels(metric).unwrap_or_else(|| {
            let wanted = super::InputKind::MultiLabels.name();
            Err(MetricError::Kind { metric, wanted, given: self.kind() })
        })
    }
}
