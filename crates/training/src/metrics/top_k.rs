//! The share of samples whose class is among the k with the highest scores.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// The share of samples whose class is among the k with the highest scores.
///
/// Of equal scores, that of the first class is ranked higher. As a function: of scores `[samples, classes]` and the
/// true class indices.
///
/// ```relume
/// top_k([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], [1, 0], k=2)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct TopK {
    /// How many classes count.
    #[spec(default = 5, positive)]
    pub k: usize,
}

impl Metric for TopK {
    fn input(&self) -> InputKind {
        InputKind::Scores
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.scores(Self::ENTRY.name)?;
        let among = |&(row, &class): &(&[f64], &usize)| {
            let own = row[class];
            let before = |&(other, &x): &(usize, &f64)| x > own || (x == own && other < class);
            // A NaN is never among them.
            !own.is_nan() && row.iter().enumerate().filter(before).count() < self.k
        };
        let found = results.rows().zip(&results.targets).filter(among).count();
        Ok(MetricValue::Number(found as f64 / results.targets.len() as f64))
    }
}
