//! The area under the ROC curve.

use super::{
    Average, ClassResults, InputKind, LabelResults, Metric, MetricError, MetricInput, MetricValue,
};
use relume_catalog::{Described, Spec, Type};

/// The supported averages: over all samples, there is no area.
const NO_MICRO: Type = Type::Choice(&["macro", "weighted", "none"]);

/// The probability that a sample of a class has a higher score for it than a sample of another class.
///
/// The area under the receiver operating characteristic: 0.5 for guessing, 1 for a perfect order; equal scores count
/// half. Two classes: for the second. More: each against the rest. As a function: of scores `[samples, classes]`, or
/// `[samples]` of the second of two, and the true class indices. J. Hanley and B. McNeil, The meaning and use of the
/// area under a ROC curve, 1982.
///
/// ```relume
/// roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(metric)]
pub struct RocAuc {
    /// With more than two classes: the mean, the mean weighted by their samples, or one number for each class.
    #[spec(default = Average::Macro, type = NO_MICRO)]
    pub average: Average,
}

impl Metric for RocAuc {
    fn input(&self) -> InputKind {
        InputKind::Scores
    }

    fn is_better_larger(&self) -> bool {
        true
    }

    fn takes_multi_labels(&self) -> bool {
        true
    }

    fn measure(&self, input: &MetricInput) -> Result<MetricValue, MetricError> {
        if let Some(labels) = input.labels(Self::ENTRY.name) {
            return self.of_labels(labels?);
        }
        let results = input.scores(Self::ENTRY.name)?;
        if results.classes == 2 {
            return Ok(MetricValue::Number(area(results, 1)?));
        }
        let each = (0..results.classes).map(|class| area(results, class));
        let each: Vec<f64> = each.collect::<Result<_, _>>()?;
        let samples =
            |class| results.targets.iter().filter(|&&targets| targets == class).count() as f64;
        let weights: Vec<f64> = (0..results.classes).map(samples).collect();
        Ok(self.average.of_each(each, &weights))
    }
}

impl RocAuc {
    /// The area of each label.
    fn of_labels(&self, labels: &LabelResults) -> Result<MetricValue, MetricError> {
        let each = (0..labels.labels).map(|label| {
            let results = ClassResults {
                classes: 2,
                predicted: Vec::new(),
                targets: labels.rows().map(|(_, targets)| usize::from(targets[label])).collect(),
                scores: labels
                    .rows()
                    .flat_map(|(scores, _)| [1.0 - scores[label], scores[label]])
                    .collect(),
            };
            area(&results, 1)
        });
        let each: Vec<f64> = each.collect::<Result<_, _>>()?;
        let weights: Vec<f64> = labels.counts().iter().map(|count| count.targets).collect();
        Ok(self.average.of_each(each, &weights))
    }
}

/// The area of a class against the rest, from the ranks of the scores (Mann and Whitney's U).
fn area(results: &ClassResults, class: usize) -> Result<f64, MetricError> {
    let metric = RocAuc::ENTRY.name;
    let own = results.targets.iter().filter(|&&targets| targets == class).count();
    let rest = results.targets.len() - own;
    if own == 0 || rest == 0 {
        let which = if own == 0 { "no sample is" } else { "all samples are" };
        let problem = format!("{which} of class {class}");
        return Err(MetricError::Undefined { metric, problem });
    }
    let scores = results.rows().map(|row| row[class]);
    let mut order: Vec<(f64, bool)> =
        scores.zip(&results.targets).map(|(score, &targets)| (score, targets == class)).collect();
    if let Some(row) = order.iter().position(|(score, _)| score.is_nan()) {
        let problem = format!("row {row}: the score is not a number");
        return Err(MetricError::Undefined { metric, problem });
    }
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = 0.0;
    let mut start = 0;
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let middle = start as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ranks += middle * ties.iter().filter(|(_, own)| *own).count() as f64;
        start += ties.len();
    }
    let (own, rest) = (own as f64, rest as f64);
    Ok((ranks - own * (own + 1.0) / 2.0) / (own * rest))
}
