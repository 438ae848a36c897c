//! A network's outputs as scores of classes.

use crate::metrics::argmax;
use relume_activations::ActivationSpec;
use relume_layers::{NetworkSpec, Stage};
use relume_losses::{Expects, Loss};

/// The form of outputs: one for each class, or a single one for the second of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scores(Expects);

impl Scores {
    /// As the loss reads them; outputs of a final softmax or sigmoid are probabilities, whatever the loss is.
    pub fn new(loss: &dyn Loss, network: &NetworkSpec) -> Self {
        match network.layers.last() {
            Some(Stage::Activation(ActivationSpec::Softmax(_) | ActivationSpec::Sigmoid(_))) => {
                Scores(Expects::Probabilities)
            }
            _ => Scores(loss.expects()),
        }
    }

    /// Whether the scores are probabilities: of outputs that are logits, logarithms or probabilities themselves.
    pub fn are_probabilities(self) -> bool {
        !matches!(self.0, Expects::Numbers | Expects::Margins)
    }

    /// The predicted class of a row of outputs: that of the largest; for a single one, its side of the threshold.
    pub fn class(self, row: &[f32]) -> usize {
        match row {
            [single] => usize::from(*single > self.threshold()),
            row => argmax(row),
        }
    }

    /// A single output above this stands for the second of two classes.
    fn threshold(self) -> f32 {
        match self.0 {
            Expects::Logits | Expects::Margins => 0.0,
            Expects::LogProbabilities => -std::f32::consts::LN_2,
            Expects::Numbers | Expects::Probabilities => 0.5,
        }
    }

    /// Appends the score of each class. In double precision fewer scores of confident networks become equal.
    ///
    /// Logits pass through softmax, or sigmoid if there is a single one; logarithms through exp. With a single output,
    /// the first of two classes gets the complement to 1, or to 0 for margins, so that the larger score is that of
    /// [`Scores::class`].
    pub fn extend(self, scores: &mut Vec<f64>, row: &[f32]) {
        if let [single] = row {
            let x = f64::from(*single);
            scores.extend(match self.0 {
                Expects::Logits => [1.0 / (1.0 + x.exp()), 1.0 / (1.0 + (-x).exp())],
                Expects::LogProbabilities => [1.0 - x.exp(), x.exp()],
                Expects::Margins => [-x, x],
                Expects::Numbers | Expects::Probabilities => [1.0 - x, x],
            });
            return;
        }
        let exact = row.iter().map(|&x| f64::from(x));
        match self.0 {
            Expects::Logits => {
                let most = exact.clone().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = exact.clone().map(|x| (x - most).exp()).sum();
                scores.extend(exact.map(|x| (x - most).exp() / sum));
            }
            Expects::LogProbabilities => scores.extend(exact.map(f64::exp)),
            Expects::Margins | Expects::Numbers | Expects::Probabilities => scores.extend(exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(expects: Expects, row: &[f32]) -> Vec<f64> {
        let mut scores = Vec::new();
        Scores(expects).extend(&mut scores, row);
        scores
    }

    #[test]
    fn the_largest_output_is_the_class_and_a_single_one_has_a_threshold() {
        let logits = Scores(Expects::Logits);
        assert_eq!(
            [&[0.1, 0.9][..], &[2.0, -1.0], &[0.0, 0.0]].map(|row| logits.class(row)),
            [1, 0, 0]
        );
        assert_eq!([&[0.3][..], &[-0.3]].map(|row| logits.class(row)), [1, 0]);
        let probabilities = Scores(Expects::Probabilities);
        assert_eq!([&[0.3][..], &[0.7]].map(|row| probabilities.class(row)), [0, 1]);
    }

    /// numpy: np.exp(x) / np.exp(x).sum(), and 1 / (1 + np.exp(-x)).
    #[test]
    fn logits_become_the_probabilities_of_softmax_and_sigmoid() {
        for (row, expected) in [
            (&[1.0, 2.0, 3.0][..], &[0.090_030_573, 0.244_728_471, 0.665_240_956][..]),
            (&[0.5], &[0.377_540_669, 0.622_459_331]),
            (&[1e4, -1e4], &[1.0, 0.0]),
        ] {
            let found = scores(Expects::Logits, row);
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        }
        assert_eq!(scores(Expects::Margins, &[0.25]), [-0.25, 0.25]);
        assert_eq!(scores(Expects::Numbers, &[0.25]), [0.75, 0.25]);
    }
}
