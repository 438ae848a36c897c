//! The scores of each class beside the truth: what curves of classifiers are made from.

use relume_datasets::Part;
use relume_training::{MetricInput, Model, TrainError, results};

/// The scores of all classes, or of all labels, over the samples of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The samples' name: `digits.test`.
    pub data: String,
    /// Each class or label.
    pub classes: Vec<ScoredClass>,
    /// The predicted class of each sample; empty for labels, any number of which a sample has.
    pub predicted: Vec<usize>,
    /// The true class of each sample; empty for labels.
    pub truth: Vec<usize>,
    /// Whether scores are probabilities: from 0 to 1, and of classes with the sum 1.
    pub are_probabilities: bool,
}

/// One class or label against the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredClass {
    /// Its name.
    pub name: String,
    /// Its score for each sample.
    pub scores: Vec<f64>,
    /// Whether each sample is of it.
    pub is_true: Vec<bool>,
}

impl Scored {
    /// What a model says of the samples of a part. `None` if it predicts neither classes nor labels, or classes at each
    /// place of a sample.
    ///
    /// # Errors
    /// Those of [`results`].
    pub fn of(
        model: &Model,
        part: &Part,
        goes_on: &(dyn Fn(usize) -> bool + Sync),
    ) -> Result<Option<Self>, TrainError> {
        let names = match (model.classes(), part.data().classes()) {
            ([], Some(own)) => own.to_vec(),
            ([], None) => part.data().targets().numbers().to_vec(),
            (known, _) => known.to_vec(),
        };
        let data = part.name().to_string();
        Ok(match results(model, part, goes_on)? {
            MetricInput::Classes(own) if own.scores.len() == own.targets.len() * own.classes => {
                let classes = |class: usize| ScoredClass {
                    name: names.get(class).cloned().unwrap_or_else(|| class.to_string()),
                    scores: own.scores.iter().skip(class).step_by(own.classes).copied().collect(),
                    is_true: own.targets.iter().map(|&target| target == class).collect(),
                };
                let classes = (0..own.classes).map(classes).collect();
                let mut scored = Scored {
                    data,
                    classes,
                    predicted: own.predicted,
                    truth: own.targets,
                    are_probabilities: false,
                };
                scored.are_probabilities = scored.sums_are_one();
                Some(scored)
            }
            MetricInput::MultiLabels(own) => {
                let label = |label: usize| ScoredClass {
                    name: names.get(label).cloned().unwrap_or_else(|| label.to_string()),
                    scores: own.scores.iter().skip(label).step_by(own.labels).copied().collect(),
                    is_true: own.targets.iter().skip(label).step_by(own.labels).copied().collect(),
                };
                let classes: Vec<ScoredClass> = (0..own.labels).map(label).collect();
                let (predicted, truth) = (Vec::new(), Vec::new());
                let are_probabilities =
                    classes.iter().flat_map(|own| &own.scores).all(|&score| is_share(score));
                Some(Scored { data, classes, predicted, truth, are_probabilities })
            }
            _ => None,
        })
    }

    /// How many samples there are.
    pub fn samples(&self) -> usize {
        self.classes.first().map_or(0, |class| class.scores.len())
    }

    /// Whether a sample has any number of labels, rather than one class.
    pub fn are_labels(&self) -> bool {
        self.truth.is_empty()
    }

    /// The classes that curves are drawn of: of two classes the second alone, which has the mirror image of the first.
    pub fn drawn(&self) -> &[ScoredClass] {
        match (&self.classes[..], self.are_labels()) {
            ([_, second], false) => std::slice::from_ref(second),
            (all, _) => all,
        }
    }

    fn sums_are_one(&self) -> bool {
        (0..self.samples()).all(|sample| {
            let own = || self.classes.iter().map(|class| class.scores[sample]);
            own().all(is_share) && (own().sum::<f64>() - 1.0).abs() < 1e-3
        })
    }
}

/// Whether a score is from 0 to 1.
fn is_share(score: f64) -> bool {
    (-1e-6..=1.0 + 1e-6).contains(&score)
}

impl ScoredClass {
    /// Scores from the largest to the smallest with how many of the true and of all others are at or above each:
    /// scikit-learn's `_binary_clf_curve`. A score that is no number comes last, as negative
    /// infinity.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut order: Vec<usize> = (0..self.scores.len()).collect();
        let score = |at: usize| match self.scores[at] {
            score if score.is_nan() => f64::NEG_INFINITY,
            score => score,
        };
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        let mut steps: Vec<Step> = Vec::new();
        let (mut hits, mut alarms) = (0, 0);
        for at in order {
            let score = score(at);
            match self.is_true[at] {
                true => hits += 1,
                false => alarms += 1,
            }
            match steps.last_mut() {
                Some(step) if step.threshold == score => (step.hits, step.alarms) = (hits, alarms),
                _ => steps.push(Step { threshold: score, hits, alarms }),
            }
        }
        steps
    }

    /// How many samples are of the class, and how many are not.
    pub fn counts(&self) -> [usize; 2] {
        let own = self.is_true.iter().filter(|&&own| own).count();
        [own, self.is_true.len() - own]
    }
}

/// What is at or above a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub threshold: f64,
    /// Samples of the class.
    pub hits: usize,
    /// Samples of other classes.
    pub alarms: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_that_is_no_number_comes_last() {
        let class = ScoredClass {
            name: "yes".to_string(),
            scores: vec![f64::NAN, 0.9, -f64::NAN, 0.1],
            is_true: vec![false, true, true, true],
        };
        let steps: Vec<_> =
            class.steps().iter().map(|own| (own.threshold, own.hits, own.alarms)).collect();
        assert_eq!(steps, [(0.9, 1, 0), (0.1, 2, 0), (f64::NEG_INFINITY, 3, 1)]);
    }
}
