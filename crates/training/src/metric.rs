//! How good predictions are: accuracy for classes, the mean absolute error for numbers.

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
}

impl Metric {
    /// The name in logs and histories.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::Mae => "mae",
        }
    }

    /// The sum over a batch, to be divided by the number of samples.
    ///
    /// For accuracy `targets` are class indices `[batch]`; a network with a single output is right where the output, a
    /// logit or a probability as `threshold` says, lies on the class' side. For numbers they are of the outputs' shape.
    pub fn sum(self, outputs: &Tensor, targets: &Tensor, threshold: f32) -> f64 {
        let samples = targets.shape().first().copied().unwrap_or(1).max(1);
        let width = outputs.count() / samples;
        match self {
            Metric::Accuracy => {
                let right = outputs.data().chunks_exact(width.max(1)).zip(targets.data());
                right.filter(|(row, class)| predicted(row, threshold) == **class as usize).count()
                    as f64
            }
            Metric::Mae => {
                let pairs = outputs.data().iter().zip(targets.data());
                pairs.map(|(y, t)| f64::from((y - t).abs())).sum::<f64>() / width.max(1) as f64
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

    #[test]
    fn absolute_errors_are_averaged_over_outputs() {
        let outputs = Tensor::new([2, 2], vec![1., 2., 3., 4.]).unwrap();
        let targets = Tensor::new([2, 2], vec![0., 2., 5., 5.]).unwrap();
        // numpy: np.abs(y - t).mean(1).sum()
        assert_eq!(Metric::Mae.sum(&outputs, &targets, 0.0), 2.0);
    }
}
