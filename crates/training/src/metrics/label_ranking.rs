//! How far up the true labels are when labels are ordered by their scores.

use super::{InputKind, Metric, MetricError, MetricInput, MetricValue};
use relume_catalog::{Described, Spec};

/// How far up the true labels are when a sample's labels are ordered by their scores: 1 if all others are below them.
///
/// The mean over samples and their true labels of the share of true labels among those with at least the same score. A
/// sample with no label or all of them has 1. As a function: of scores `[samples, labels]`, and of 0 and 1 of the same
/// shape. G. Tsoumakas, I. Katakis and I. Vlahavas, Mining multi-label data, 2010.
///
/// ```relume
/// label_ranking_average_precision([[0.9, 0.2, 0.5], [0.4, 0.7, 0.1]], [[1, 0, 0], [1, 0, 1]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct LabelRankingAveragePrecision {}

impl Metric for LabelRankingAveragePrecision {
    fn input(&self) -> InputKind {
        InputKind::MultiLabels
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        let results = input.only_labels(Self::ENTRY.name)?;
        Ok(MetricValue::Number(results.mean(precision)))
    }
}

/// The average precision of a sample.
fn precision(scores: &[f64], targets: &[bool]) -> f64 {
    let own = targets.iter().filter(|&&target| target).count();
    if own == 0 || own == targets.len() {
        return 1.0;
    }
    let share = |score: f64| {
        let above = || scores.iter().zip(targets).filter(move |&(&other, _)| other >= score);
        above().filter(|&(_, &target)| target).count() as f64 / above().count() as f64
    };
    let true_scores = scores.iter().zip(targets).filter(|&(_, &target)| target);
    true_scores.map(|(&score, _)| share(score)).sum::<f64>() / own as f64
}
