//! Several labels for each sample: any number of them, each with a probability of its own.

use super::{Decoded, Kind, Made, NumberPredictions, Setting, Target};
use crate::metrics::{InputKind, LabelResults, MetricInput, SubsetAccuracy, are_right};
use crate::{MetricSpec, TrainError};
use relume_datasets::shortest;
use relume_losses::{Expects, Targets as Wanted};
use relume_tensor::{Array, Shape, Tensor};

#[derive(Debug)]
pub(super) struct MultiLabel {
    /// The labels' names; empty if they have none.
    names: Vec<String>,
    /// How many labels there are.
    width: usize,
    /// Whether outputs are logits.
    are_logits: bool,
}

impl MultiLabel {
    /// For several numbers of 0 and 1, with a loss of probabilities or their logits.
    pub fn of(setting: &Setting<'_>) -> Made {
        // Labels that are scaled are numbers.
        let Target::Numbers { names, width, are_labels: true, scaling: None, .. } = setting.target
        else {
            return None;
        };
        let loss = setting.loss();
        let are_logits = match loss.expects() {
            Expects::Logits => true,
            Expects::Probabilities => false,
            _ => return None,
        };
        if loss.targets() != Wanted::Values || loss.outputs(width) != width {
            return None;
        }
        Some(match setting.output.count() == width {
            true => Ok(Box::new(MultiLabel { names: names.to_vec(), width, are_logits })),
            false => {
                let wanted = format!("{width} (its labels)");
                Err(setting.mismatch(wanted, setting.ending(width)))
            }
        })
    }

    /// The probabilities of the labels, sample by sample.
    fn scores(&self, outputs: &Tensor) -> Vec<f64> {
        let probability = |&x: &f32| match self.are_logits {
            true => 1.0 / (1.0 + (-f64::from(x)).exp()),
            false => f64::from(x),
        };
        outputs.data().iter().map(probability).collect()
    }

    /// Probabilities beside true labels.
    fn results(&self, outputs: &Tensor, targets: &Array) -> LabelResults {
        LabelResults {
            labels: self.width,
            scores: self.scores(outputs),
            targets: targets.numbers().map(|x| x >= 0.5).collect(),
        }
    }
}

impl Kind for MultiLabel {
    fn metric(&self) -> MetricSpec {
        SubsetAccuracy::new().into()
    }

    fn inputs(&self) -> &'static [InputKind] {
        &[InputKind::MultiLabels]
    }

    fn target(&self, targets: &Array, outputs: Shape) -> Result<Array, TrainError> {
        let targets = targets.to_tensor()?;
        match targets.shape() != outputs && targets.count() == outputs.count() {
            true => Ok(targets.reshape(outputs)?.into()),
            false => Ok(targets.into()),
        }
    }

    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64 {
        let results = self.results(outputs, targets);
        let width = self.width;
        let rows = results.scores.chunks_exact(width).zip(results.targets.chunks_exact(width));
        rows.filter(|(scores, targets)| are_right(scores, targets)).count() as f64
    }

    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError> {
        Ok(MetricInput::MultiLabels(self.results(outputs, targets)))
    }

    /// The probability of each label.
    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded {
        let width = self.width;
        if self.names.len() != width {
            return Decoded::Outputs;
        }
        let scores = self.scores(outputs);
        let row = |row: &[f64]| row.iter().map(|&x| shortest(x as f32)).collect();
        let row_of = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect();
        let truth = targets.and_then(|targets| targets.to_tensor().ok());
        Decoded::Numbers(NumberPredictions {
            names: self.names.clone(),
            samples: scores.chunks_exact(width).map(row).collect(),
            truth: truth.map(|truth| truth.data().chunks_exact(width).map(row_of).collect()),
        })
    }
}
