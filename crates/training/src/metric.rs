//! The figure beside the loss while a model is trained: accuracy for classes, the mean absolute error for numbers, the error
//! rate for rows of labels.

use crate::Answers;
use crate::metrics::edit_distance;
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};

/// What is counted beside the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// The fraction of samples whose largest output is their class.
    Accuracy,
    /// The mean absolute difference from the targets.
    Mae,
    /// The edits that make a sample's labels of what was said, for each label; the mean over samples.
    ErrorRate {
        /// The class that is no label.
        blank: usize,
    },
}

impl Metric {
    /// The name in logs and histories.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::Mae => "mae",
            Metric::ErrorRate { .. } => "error_rate",
        }
    }

    /// The sum over a batch, to be divided by the number of samples.
    ///
    /// For accuracy `targets` are class indices `[batch]`; a network with a single output is right where the output, a
    /// logit or a probability as `threshold` says, lies on the class' side. For numbers they are `[batch, numbers]`, compared
    /// with the first outputs of each sample; for the error rate rows of labels, outputs being `[batch, time, classes]`.
    pub fn sum(self, outputs: &Tensor, targets: &Tensor, threshold: f32) -> f64 {
        let samples = targets.shape().first().copied().unwrap_or(1).max(1);
        let rows = outputs.data().chunks_exact((outputs.count() / samples).max(1));
        match self {
            Metric::Accuracy => {
                let right = rows.zip(targets.data());
                right.filter(|(row, class)| predicted(row, threshold) == **class as usize).count()
                    as f64
            }
            Metric::Mae => {
                let wanted = (targets.count() / samples).max(1);
                let each = rows.zip(targets.data().chunks_exact(wanted)).map(|(row, targets)| {
                    row.iter().zip(targets).map(|(y, t)| f64::from((y - t).abs())).sum::<f64>()
                });
                each.sum::<f64>() / wanted as f64
            }
            Metric::ErrorRate { blank } => {
                let [said, truth] = Answers::labels_of(outputs, targets, blank);
                let rates = said.iter().zip(&truth).map(|(said, truth)| {
                    edit_distance(said, truth) as f64 / truth.len().max(1) as f64
                });
                rates.sum()
            }
        }
    }
}

/// The class that a row of outputs stands for: that of the largest, or for a single one its side of the threshold.
pub fn predicted(row: &[f32], threshold: f32) -> usize {
    match row {
        [single] => usize::from(*single > threshold),
        _ => {
            let mut best = 0;
            for (class, &value) in row.iter().enumerate() {
                if value > row[best] {
                    best = class;
                }
            }
            best
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_output_is_the_class() {
        let outputs = Tensor::new([3, 2], vec![0.1, 0.9, 2.0, -1.0, 0.0, 0.0]).unwrap();
        let targets = Tensor::vector(&[1.0, 1.0, 0.0]);
        assert_eq!(Metric::Accuracy.sum(&outputs, &targets, 0.0), 2.0);
        let logits = Tensor::new([2, 1], vec![0.3, -0.3]).unwrap();
        assert_eq!(Metric::Accuracy.sum(&logits, &Tensor::vector(&[1.0, 0.0]), 0.0), 2.0);
        assert_eq!(Metric::Accuracy.sum(&logits, &Tensor::vector(&[1.0, 0.0]), 0.5), 1.0);
    }

    /// A mean and a variance for each target: only the mean is compared.
    #[test]
    fn outputs_beyond_the_targets_do_not_count() {
        let outputs = Tensor::new([2, 2], vec![1., 9., 3., 9.]).unwrap();
        let targets = Tensor::new([2, 1], vec![0., 5.]).unwrap();
        assert_eq!(Metric::Mae.sum(&outputs, &targets, 0.0), 3.0);
    }

    /// Said: 1 2 of the labels 1 2 2, one edit of three; and 2 of 2.
    #[test]
    fn error_rates_are_those_of_the_best_path() {
        let hot = |classes: &[usize]| -> Vec<f32> {
            classes.iter().flat_map(|&c| (0..3).map(move |i| f32::from(u8::from(i == c)))).collect()
        };
        let outputs = [hot(&[1, 1, 0, 2]), hot(&[0, 2, 2, 0])].concat();
        let outputs = Tensor::new([2, 4, 3], outputs).unwrap();
        let targets = Tensor::new([2, 3], vec![1., 2., 2., 2., -1., -1.]).unwrap();
        let rate = Metric::ErrorRate { blank: 0 }.sum(&outputs, &targets, 0.0);
        assert_eq!(rate, 1.0 / 3.0);
    }

    #[test]
    fn absolute_errors_are_averaged_over_outputs() {
        let outputs = Tensor::new([2, 2], vec![1., 2., 3., 4.]).unwrap();
        let targets = Tensor::new([2, 2], vec![0., 2., 5., 5.]).unwrap();
        // numpy: np.abs(y - t).mean(1).sum()
        assert_eq!(Metric::Mae.sum(&outputs, &targets, 0.0), 2.0);
    }
}
