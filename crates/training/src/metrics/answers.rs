//! What was said, and what is true.

use super::{MetricError, Reads, best_path};
use crate::predicted;
use relume_losses::Expects;
use relume_tensor::Tensor;

/// Predictions beside the truth, sample by sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// Classes.
    Classes(ClassAnswers),
    /// Numbers, `[samples, outputs]` both.
    Values {
        /// What was predicted.
        said: Tensor,
        /// What is true.
        truth: Tensor,
    },
    /// Rows of labels.
    Labels {
        /// What was predicted.
        said: Vec<Vec<usize>>,
        /// What is true.
        truth: Vec<Vec<usize>>,
    },
    /// Texts.
    Texts {
        /// What was predicted.
        said: Vec<String>,
        /// What is true.
        truth: Vec<String>,
    },
}

/// Predicted classes beside the true ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassAnswers {
    /// How many classes there are.
    pub classes: usize,
    /// The predicted class of each sample.
    pub said: Vec<usize>,
    /// The true class of each sample.
    pub truth: Vec<usize>,
    /// A score of each class for each sample, sample by sample: a probability where outputs tell one. Empty where nobody knows.
    pub scores: Vec<f64>,
}

impl ClassAnswers {
    /// Of `classes` classes, no samples yet.
    pub fn new(classes: usize) -> Self {
        ClassAnswers { classes, ..Self::default() }
    }

    /// Adds a sample by a network's outputs for it: one for each class, or a single one for the second of two.
    ///
    /// `expects` says how the outputs are to be read, and so on which side of what a single one stands for the second class.
    pub fn push(&mut self, outputs: &[f32], class: usize, expects: Expects) {
        self.said.push(predicted(outputs, threshold(expects)));
        self.truth.push(class);
        // In double precision fewer scores of confident networks become equal.
        let exact = outputs.iter().map(|&x| f64::from(x));
        if let [single] = outputs {
            let x = f64::from(*single);
            self.scores.extend(match expects {
                Expects::Logits => [1.0 / (1.0 + x.exp()), 1.0 / (1.0 + (-x).exp())],
                Expects::LogProbabilities => [1.0 - x.exp(), x.exp()],
                Expects::Margins => [-x, x],
                Expects::Numbers | Expects::Probabilities => [1.0 - x, x],
            });
            return;
        }
        match expects {
            Expects::Logits => {
                let most = exact.clone().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = exact.clone().map(|x| (x - most).exp()).sum();
                self.scores.extend(exact.map(|x| (x - most).exp() / sum));
            }
            Expects::LogProbabilities => self.scores.extend(exact.map(f64::exp)),
            _ => self.scores.extend(exact),
        }
    }

    /// The scores, sample by sample.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.scores.chunks_exact(self.classes.max(1))
    }

    /// How often each class (row) was taken for each (column).
    pub(crate) fn confusion(&self) -> Vec<Vec<usize>> {
        let mut counts = vec![vec![0; self.classes]; self.classes];
        for (&said, &truth) in self.said.iter().zip(&self.truth) {
            counts[truth][said] += 1;
        }
        counts
    }
}

/// Above which a single output stands for the second of two classes.
pub(crate) fn threshold(expects: Expects) -> f32 {
    match expects {
        Expects::Logits | Expects::Margins => 0.0,
        Expects::LogProbabilities => -std::f32::consts::LN_2,
        Expects::Numbers | Expects::Probabilities => 0.5,
    }
}

impl Answers {
    /// What they are, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Answers::Classes(_) => "classes",
            Answers::Values { .. } => "numbers",
            Answers::Labels { .. } => "rows of labels",
            Answers::Texts { .. } => "texts",
        }
    }

    /// Tensors as answers, read as a metric reads them: predictions first.
    ///
    /// For classes, predictions are class indices `[samples]` or scores `[samples, classes]`; where scores are read, numbers
    /// `[samples]` are those of the second of two classes. The truth is class indices `[samples]`. Rows of labels are filled up
    /// with negative numbers.
    ///
    /// # Errors
    /// Shapes that do not go together, and numbers that are no classes.
    pub fn of_tensors(
        metric: &'static str,
        reads: Reads,
        said: &Tensor,
        truth: &Tensor,
    ) -> Result<Self, MetricError> {
        let error = |problem: String| Err(MetricError::Mismatch { metric, problem });
        match reads {
            Reads::Values if said.shape() != truth.shape() || said.count() == 0 => error(format!(
                "predictions are of shape {} but targets of {}",
                said.shape(),
                truth.shape()
            )),
            Reads::Values => Ok(Answers::Values { said: said.clone(), truth: truth.clone() }),
            Reads::Texts => match (filled_rows(said), filled_rows(truth)) {
                (Some(said), Some(truth)) if said.len() == truth.len() => {
                    Ok(Answers::Labels { said, truth })
                }
                _ => error(format!(
                    "texts, or as many rows of labels, are wanted, not shapes {} and {}",
                    said.shape(),
                    truth.shape()
                )),
            },
            Reads::Classes | Reads::Scores => {
                let samples = truth.count();
                let fits = truth.rank() == 1
                    && samples > 0
                    && said.count() > 0
                    && said.dims().first() == Some(&samples)
                    && said.rank() <= 2;
                if !fits {
                    return error(format!(
                        "predictions of shape {} do not go with targets of {}: class indices [samples] are wanted, and as many predictions",
                        said.shape(),
                        truth.shape()
                    ));
                }
                let truth = classes(metric, truth)?;
                match said.rank() == 1 && reads == Reads::Classes {
                    true => Self::of_indices(classes(metric, said)?, truth),
                    false => Self::of_scores(metric, said, truth),
                }
            }
        }
    }

    /// Texts as answers, predictions first.
    ///
    /// # Errors
    /// As many texts of one kind as of the other are wanted.
    pub fn of_texts(
        metric: &'static str,
        said: Vec<String>,
        truth: Vec<String>,
    ) -> Result<Self, MetricError> {
        if said.len() != truth.len() {
            let problem =
                format!("{} texts were predicted, but {} are true", said.len(), truth.len());
            return Err(MetricError::Mismatch { metric, problem });
        }
        Ok(Answers::Texts { said, truth })
    }

    fn of_indices(said: Vec<usize>, truth: Vec<usize>) -> Result<Self, MetricError> {
        let classes = said.iter().chain(&truth).max().map_or(0, |most| most + 1);
        Ok(Answers::Classes(ClassAnswers { classes, said, truth, scores: Vec::new() }))
    }

    fn of_scores(
        metric: &'static str,
        said: &Tensor,
        truth: Vec<usize>,
    ) -> Result<Self, MetricError> {
        let width = said.shape().tail(1).count();
        let mut answers = ClassAnswers::new(width.max(2));
        for (row, (scores, class)) in said.data().chunks_exact(width).zip(truth).enumerate() {
            if class >= answers.classes {
                let last = answers.classes - 1;
                let problem = format!("row {row}: {class} is not one of the classes 0 to {last}");
                return Err(MetricError::Mismatch { metric, problem });
            }
            answers.push(scores, class, Expects::Probabilities);
        }
        Ok(Answers::Classes(answers))
    }

    /// A network's outputs `[batch, time, classes]` and rows of labels, filled up with blanks or negative numbers: what was
    /// said, and what is true.
    pub(crate) fn labels_of(
        outputs: &Tensor,
        targets: &Tensor,
        blank: usize,
    ) -> [Vec<Vec<usize>>; 2] {
        let &[_, time, classes] = outputs.dims() else { return [Vec::new(), Vec::new()] };
        let said = outputs.data().chunks_exact((time * classes).max(1));
        let said = said.map(|steps| best_path(steps, classes, blank)).collect();
        let width = targets.shape().tail(1).count().max(1);
        let label = |x: &&f32| **x >= 0.0 && **x != blank as f32;
        let truth = targets.data().chunks_exact(width);
        let truth = truth.map(|row| row.iter().take_while(label).map(|&x| x as usize).collect());
        [said, truth.collect()]
    }

    /// The classes among them.
    pub(super) fn classes(&self, metric: &'static str) -> Result<&ClassAnswers, MetricError> {
        match self {
            Answers::Classes(answers) => Ok(answers),
            other => Err(MetricError::Kind { metric, wanted: "classes", given: other.kind() }),
        }
    }

    /// The classes among them, with scores.
    pub(super) fn scores(&self, metric: &'static str) -> Result<&ClassAnswers, MetricError> {
        let answers = self.classes(metric)?;
        match answers.scores.len() == answers.truth.len() * answers.classes {
            true => Ok(answers),
            false => Err(MetricError::Kind {
                metric,
                wanted: "scores of all classes",
                given: "class indices alone",
            }),
        }
    }

    /// The numbers among them: what was said and what is true.
    pub(super) fn values(&self, metric: &'static str) -> Result<[&Tensor; 2], MetricError> {
        match self {
            Answers::Values { said, truth } => Ok([said, truth]),
            other => Err(MetricError::Kind { metric, wanted: "numbers", given: other.kind() }),
        }
    }
}

fn whole(x: f32) -> Option<usize> {
    // Beyond this, single precision does not tell neighbours apart.
    const MOST: f32 = 16_777_216.0;
    (x >= 0.0 && x.fract() == 0.0 && x < MOST).then_some(x as usize)
}

/// Numbers as classes.
fn classes(metric: &'static str, tensor: &Tensor) -> Result<Vec<usize>, MetricError> {
    let class = |(row, &x): (usize, &f32)| {
        whole(x).ok_or_else(|| MetricError::Mismatch {
            metric,
            problem: format!("row {row}: {x} is no class: classes are whole numbers from 0"),
        })
    };
    tensor.data().iter().enumerate().map(class).collect()
}

/// Rows of labels, each up to its first negative number; a vector is a single row.
fn filled_rows(tensor: &Tensor) -> Option<Vec<Vec<usize>>> {
    let row = |row: &[f32]| {
        row.iter().take_while(|x| **x >= 0.0 || x.is_nan()).map(|&x| whole(x)).collect()
    };
    match tensor.dims() {
        [_] => Some(vec![row(tensor.data())?]),
        [_, width] => tensor.data().chunks_exact((*width).max(1)).map(row).collect(),
        _ => None,
    }
}
