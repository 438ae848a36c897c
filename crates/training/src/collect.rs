//! Gathers outputs and targets, batch by batch, for metrics of all samples together.

use crate::step::Objective;
use crate::{Answers, ClassAnswers, Metric};
use relume_datasets::Dataset;
use relume_losses::Expects;
use relume_tensor::{Tensor, TensorError};

/// What has been seen so far.
pub(crate) enum Collector {
    /// Classes, and how outputs are to be read.
    Classes(ClassAnswers, Expects),
    /// Numbers, so many for each sample.
    Values { width: usize, said: Vec<f32>, truth: Vec<f32> },
    /// Rows of labels.
    Labels { blank: usize, said: Vec<Vec<usize>>, truth: Vec<Vec<usize>> },
}

impl Collector {
    /// Nothing yet, of what an objective makes of a data set.
    pub fn new(objective: &Objective, data: &Dataset) -> Self {
        match objective.metric {
            Metric::Accuracy => {
                Collector::Classes(ClassAnswers::new(data.outputs()), objective.expects)
            }
            Metric::Mae => Collector::Values {
                width: data.outputs().max(1),
                said: Vec::new(),
                truth: Vec::new(),
            },
            Metric::ErrorRate { blank } => {
                Collector::Labels { blank, said: Vec::new(), truth: Vec::new() }
            }
        }
    }

    /// Adds a batch: a network's outputs, and the targets as the data set gives them.
    pub fn push(&mut self, outputs: &Tensor, targets: &Tensor) {
        let samples = targets.shape().first().copied().unwrap_or(1).max(1);
        let rows = outputs.data().chunks_exact((outputs.count() / samples).max(1));
        match self {
            Collector::Classes(answers, expects) => {
                for (row, &class) in rows.zip(targets.data()) {
                    answers.push(row, class as usize, *expects);
                }
            }
            // Outputs beyond the targets, such as variances, are not what was asked for.
            Collector::Values { width, said, truth } => {
                rows.for_each(|row| said.extend(row.iter().take(*width)));
                truth.extend(targets.data());
            }
            Collector::Labels { blank, said, truth } => {
                let [own, wanted] = Answers::labels_of(outputs, targets, *blank);
                said.extend(own);
                truth.extend(wanted);
            }
        }
    }

    /// All of it.
    pub fn finish(self) -> Result<Answers, TensorError> {
        Ok(match self {
            Collector::Classes(answers, _) => Answers::Classes(answers),
            Collector::Values { width, said, truth } => {
                let shape = [truth.len() / width, width];
                Answers::Values {
                    said: Tensor::new(shape, said)?,
                    truth: Tensor::new(shape, truth)?,
                }
            }
            Collector::Labels { said, truth, .. } => Answers::Labels { said, truth },
        })
    }
}
