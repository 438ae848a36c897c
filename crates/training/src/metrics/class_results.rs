//! Predicted classes beside true ones.

use super::{MetricError, argmax};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Beyond this, single precision cannot distinguish class indices.
const MOST_CLASSES: usize = 1 << 24;

/// Predicted classes beside true ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassResults {
    /// How many classes there are.
    pub classes: usize,
    /// The predicted class of each sample.
    pub predicted: Vec<usize>,
    /// The true class of each sample.
    pub targets: Vec<usize>,
    /// A score of each class for each sample, sample by sample: a probability if the outputs are probabilities. Empty
    /// if only the predicted classes are known.
    pub scores: Vec<f64>,
}

impl ClassResults {
    /// For `classes` classes, without samples.
    pub fn new(classes: usize) -> Self {
        ClassResults { classes, ..Self::default() }
    }

    pub(super) fn of_indices(predicted: Vec<usize>, targets: Vec<usize>) -> Self {
        let classes = predicted.iter().chain(&targets).max().map_or(0, |most| most + 1);
        ClassResults { classes, predicted, targets, scores: Vec::new() }
    }

    /// Of scores `[samples, classes]`, or `[samples]` of the second of two classes.
    pub(super) fn of_scores(
        metric: &'static str,
        scores: &Tensor,
        targets: Vec<usize>,
    ) -> Result<Self, MetricError> {
        let width = scores.shape().tail(1).count().max(1);
        let mut results = ClassResults::new(width.max(2));
        for (row, (scores, class)) in scores.data().chunks_exact(width).zip(targets).enumerate() {
            if class >= results.classes {
                let last = results.classes - 1;
                let problem = format!("row {row}: {class} is not one of the classes 0 to {last}");
                return Err(MetricError::Mismatch { metric, problem });
            }
            let predicted = match scores {
                [second] => usize::from(*second > 0.5),
                scores => argmax(scores),
            };
            results.predicted.push(predicted);
            results.targets.push(class);
            match scores {
                [second] => results.scores.extend([1.0 - f64::from(*second), f64::from(*second)]),
                scores => results.scores.extend(scores.iter().map(|&x| f64::from(x))),
            }
        }
        Ok(results)
    }

    pub(super) fn extend(&mut self, more: ClassResults) {
        self.predicted.extend(more.predicted);
        self.targets.extend(more.targets);
        self.scores.extend(more.scores);
    }

    /// Itself, if it has samples, and their classes are all among its classes.
    pub(super) fn checked(&self, metric: &'static str) -> Result<&Self, MetricError> {
        let (predicted, targets) = (self.predicted.len(), self.targets.len());
        if predicted != targets {
            let problem = format!("{predicted} classes were predicted, but {targets} are true");
            return Err(MetricError::Mismatch { metric, problem });
        }
        if targets == 0 {
            let problem = "there are no samples".to_string();
            return Err(MetricError::Undefined { metric, problem });
        }
        if self.classes > MOST_CLASSES {
            let problem = format!("{} classes are too many", self.classes);
            return Err(MetricError::Mismatch { metric, problem });
        }
        let mut all = self.predicted.iter().chain(&self.targets);
        match all.find(|&&class| class >= self.classes) {
            Some(class) => {
                let problem = format!("{class} is not one of {} classes", self.classes);
                Err(MetricError::Mismatch { metric, problem })
            }
            None => Ok(self),
        }
    }

    /// The scores, sample by sample.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.scores.chunks_exact(self.classes.max(1))
    }

    /// How often each class (row) was predicted as each (column).
    pub(super) fn confusion(&self) -> Vec<Vec<usize>> {
        let mut counts = vec![vec![0; self.classes]; self.classes];
        for (&predicted, &target) in self.predicted.iter().zip(&self.targets) {
            counts[target][predicted] += 1;
        }
        counts
    }
}
