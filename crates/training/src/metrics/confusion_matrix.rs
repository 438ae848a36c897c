//! The confusion matrix.

use super::average::ratio;
use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Choice, Described, Spec, count_text};
use relume_tensor::bytes_text;

/// Classes of the largest matrix: 128 MB of counts.
const MOST_CLASSES: usize = 4096;

/// How often each class (row) was predicted as each (column).
///
/// The diagonal holds the correct predictions. As a function: of class indices `[samples]` or scores `[samples,
/// classes]`, and the true class indices.
///
/// ```relume
/// confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct ConfusionMatrix {
    /// Shares of each true class (row), of each predicted one (column), or of all; counts by default.
    pub normalize: Option<Normalize>,
}

impl Metric for ConfusionMatrix {
    fn input(&self) -> InputKind {
        InputKind::Classes
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let metric = Self::ENTRY.name;
        let results = input.classes(metric)?;
        if results.classes > MOST_CLASSES {
            let bytes = (results.classes as u64).saturating_pow(2).saturating_mul(8);
            let problem = format!(
                "a matrix of {} classes is too large ({}); {} classes are the most",
                count_text(results.classes),
                bytes_text(bytes),
                count_text(MOST_CLASSES)
            );
            return Err(MetricError::Undefined { metric, problem });
        }
        let counts = results.confusion();
        let Some(normalize) = self.normalize else { return Ok(MetricValue::Counts(counts)) };
        let classes = counts.len();
        let row = |i: usize| counts[i].iter().sum::<usize>();
        let column = |j: usize| counts.iter().map(|row| row[j]).sum::<usize>();
        let all: usize = (0..classes).map(row).sum();
        let share = |i: usize, j: usize| {
            let of = match normalize {
                Normalize::True => row(i),
                Normalize::Predicted => column(j),
                Normalize::All => all,
            };
            ratio(counts[i][j] as f64, of as f64)
        };
        let shares = (0..classes).map(|i| (0..classes).map(|j| share(i, j)).collect());
        Ok(MetricValue::Shares(shares.collect()))
    }
}

/// What the shares of a confusion matrix refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Normalize {
    /// The samples of the true class: rows add up to 1.
    True,
    /// The samples predicted as a class: columns add up to 1.
    Predicted,
    /// All samples.
    All,
}
