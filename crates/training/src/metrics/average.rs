//! Averages over classes.

use super::{ClassResults, MetricError, MetricInput, MetricValue};
use relume_catalog::Choice;

/// How the numbers of all classes are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Average {
    /// Their mean: all classes have the same weight.
    Macro,
    /// One number over all samples: all samples have the same weight.
    Micro,
    /// Their mean, weighted by the classes' samples.
    Weighted,
    /// One number for each class.
    None,
}

/// Counts of a class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Samples of the class that were predicted as it.
    pub right: f64,
    /// Samples that were predicted as the class.
    pub predicted: f64,
    /// Samples of the class.
    pub targets: f64,
}

/// a / b, or 0 if b is 0: a class without samples that was never predicted has 0, as in scikit-learn.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

impl Average {
    /// Measures a metric of the counts of each class, or of each label.
    pub(super) fn measure(
        self,
        metric: &'static str,
        input: &MetricInput,
        of_class: fn(Counts) -> f64,
    ) -> Result<MetricValue, MetricError> {
        match input.labels(metric) {
            Some(labels) => Ok(self.of_counts(labels?.counts(), of_class)),
            None => Ok(self.of(input.classes(metric)?, of_class)),
        }
    }

    /// The average of a number for each class.
    pub(super) fn of(self, results: &ClassResults, of_class: fn(Counts) -> f64) -> MetricValue {
        let mut counts = vec![Counts::default(); results.classes];
        for (&predicted, &target) in results.predicted.iter().zip(&results.targets) {
            counts[predicted].predicted += 1.0;
            counts[target].targets += 1.0;
            if predicted == target {
                counts[predicted].right += 1.0;
            }
        }
        self.of_counts(counts, of_class)
    }

    /// The average of a number for each class or label, from their counts.
    pub(super) fn of_counts(self, counts: Vec<Counts>, of_class: fn(Counts) -> f64) -> MetricValue {
        if self == Average::Micro {
            let sum = |part: fn(&Counts) -> f64| counts.iter().map(part).sum();
            return MetricValue::Number(of_class(Counts {
                right: sum(|count| count.right),
                predicted: sum(|count| count.predicted),
                targets: sum(|count| count.targets),
            }));
        }
        let weights: Vec<f64> = counts.iter().map(|count| count.targets).collect();
        self.of_each(counts.into_iter().map(of_class).collect(), &weights)
    }

    /// The average of numbers for each class; `weights` are the classes' samples.
    pub(super) fn of_each(self, each: Vec<f64>, weights: &[f64]) -> MetricValue {
        match self {
            Average::None => MetricValue::PerClass(each),
            Average::Weighted => {
                let sum: f64 = each.iter().zip(weights).map(|(x, w)| x * w).sum();
                MetricValue::Number(ratio(sum, weights.iter().sum()))
            }
            Average::Macro | Average::Micro => {
                MetricValue::Number(ratio(each.iter().sum(), each.len() as f64))
            }
        }
    }
}
