//! One class for each sample: one of several, with an output for each; or one of two, with a single output.

use super::places::ignored;
use super::predictions::{Item, Named};
use super::scores::Scores;
use super::{Cell, Columns, Decoded, Kind, Made, Setting, Table, Target};
use crate::metrics::{Accuracy, ClassResults, InputKind, MetricInput};
use crate::{MetricSpec, TrainError};
use relume_datasets::{Dataset, Targets, shortest};
use relume_losses::Targets as Wanted;
use relume_tensor::{Array, Shape, Tensor};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The form in which a loss takes classes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    /// Class indices, `[samples]`.
    Indices,
    /// 1 for the class and `off` (0 or -1) for the others, `[samples, classes]`.
    OneHot { off: f32 },
    /// `off` (0 or -1) for the first of two classes and 1 for the second, in the shape of the outputs.
    Single { off: f32 },
}

#[derive(Debug)]
pub(super) struct Classes {
    data: String,
    names: Vec<String>,
    form: Form,
    /// The class that the loss ignores; none has a negative one.
    ignored: f64,
    scores: Scores,
    /// From which probability on the second of two classes is predicted, if it is not the likelier one.
    threshold: Option<f64>,
}

impl Classes {
    pub fn of(setting: &Setting<'_>) -> Made {
        let Target::Classes(names) = setting.target else { return None };
        if let [only] = names {
            let data = setting.data.to_string();
            let problem = format!(
                "all samples are of the class {only:?}, so there is nothing to tell apart: give samples of another \
                 class too"
            );
            return Some(Err(TrainError::Targets { data, problem }));
        }
        let (loss, count, outputs) = (setting.loss(), names.len(), setting.output.count());
        let off = match loss.targets() {
            Wanted::Signs => -1.0,
            _ => 0.0,
        };
        let is_row = setting.output.rank() == 1 && outputs == count;
        let form = match loss.targets() {
            Wanted::Classes => is_row.then_some(Form::Indices),
            Wanted::Values | Wanted::Signs if loss.outputs(count) != count => return None,
            Wanted::Values | Wanted::Signs if is_row => Some(Form::OneHot { off }),
            Wanted::Values | Wanted::Signs => {
                (outputs == 1 && count == 2).then_some(Form::Single { off })
            }
            Wanted::Labels { .. } => return None,
        };
        let scores = Scores::new(loss, setting.network);
        let ignored = ignored(setting.loss).into();
        let (data, names) = (setting.data.to_string(), names.to_vec());
        Some(match form {
            Some(form) => {
                let threshold = None;
                Ok(Box::new(Classes { data, names, form, ignored, scores, threshold }))
            }
            None => Err(setting.mismatch(format!("{count} (its classes)"), setting.ending(count))),
        })
    }

    /// The outputs of each sample.
    fn rows<'a>(&self, outputs: &'a Tensor) -> impl Iterator<Item = &'a [f32]> {
        let width = if matches!(self.form, Form::Single { .. }) { 1 } else { self.names.len() };
        outputs.data().chunks_exact(width.max(1))
    }

    /// The outputs and the targets of the samples that the loss does not ignore.
    fn pairs<'a>(
        &self,
        outputs: &'a Tensor,
        targets: &'a Array,
    ) -> impl Iterator<Item = (&'a [f32], f64)> {
        let ignored = self.ignored;
        self.rows(outputs).zip(targets.numbers()).filter(move |&(_, class)| class != ignored)
    }

    /// The predicted class of a row of outputs.
    fn predicted(&self, row: &[f32]) -> usize {
        let Some(threshold) = self.threshold else { return self.scores.class(row) };
        let mut scores = Vec::with_capacity(2);
        self.scores.extend(&mut scores, row);
        usize::from(scores.get(1).is_some_and(|&second| second >= threshold))
    }

    /// A class index that the data set gave.
    fn class(&self, row: usize, target: f64) -> Result<usize, TrainError> {
        let class = target as usize;
        if class as f64 == target && class < self.names.len() {
            return Ok(class);
        }
        let last = self.names.len().saturating_sub(1);
        let problem = format!("row {row}: {target} is not one of the classes 0 to {last}");
        Err(TrainError::Targets { data: self.data.clone(), problem })
    }
}

impl Kind for Classes {
    fn metric(&self) -> MetricSpec {
        Accuracy::new().into()
    }

    fn inputs(&self) -> &'static [InputKind] {
        &[InputKind::Classes, InputKind::Scores]
    }

    fn set_threshold(&mut self, threshold: f64) -> bool {
        let is_taken = self.names.len() == 2 && self.scores.are_probabilities();
        self.threshold = is_taken.then_some(threshold);
        is_taken
    }

    fn check(&self, data: &Dataset) -> Result<(), TrainError> {
        let Targets::Classes { labels, .. } = data.targets() else { return Ok(()) };
        match labels.iter().position(|&label| label >= self.names.len()) {
            Some(sample) => self.class(sample, labels[sample] as f64).map(|_| ()),
            None => Ok(()),
        }
    }

    fn target(&self, targets: &Array, outputs: Shape) -> Result<Array, TrainError> {
        let each = || targets.numbers().enumerate();
        match self.form {
            Form::Indices => Ok(targets.clone()),
            Form::OneHot { off } => {
                let classes = self.names.len();
                let mut hot = Tensor::full([targets.count(), classes], off);
                let rows = hot.data_mut().chunks_exact_mut(classes.max(1));
                for (row, (i, target)) in rows.zip(each()) {
                    row[self.class(i, target)?] = 1.0;
                }
                Ok(hot.into())
            }
            Form::Single { off } => {
                for (i, target) in each() {
                    self.class(i, target)?;
                }
                let signs = targets.to_tensor()?.map(|class| off + (1.0 - off) * class);
                if signs.count() == outputs.count() {
                    Ok(signs.reshape(outputs)?.into())
                } else {
                    Ok(signs.into())
                }
            }
        }
    }

    fn counted(&self, targets: &Array) -> Option<usize> {
        let is_class = self.ignored >= 0.0;
        is_class.then(|| targets.numbers().filter(|&class| class != self.ignored).count())
    }

    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64 {
        let pairs = self.pairs(outputs, targets);
        pairs.filter(|&(row, class)| self.predicted(row) as f64 == class).count() as f64
    }

    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError> {
        let mut results = ClassResults::new(self.names.len());
        for (i, (row, target)) in self.pairs(outputs, targets).enumerate() {
            results.predicted.push(self.predicted(row));
            results.targets.push(self.class(i, target)?);
            self.scores.extend(&mut results.scores, row);
        }
        Ok(MetricInput::Classes(results))
    }

    fn classes(&self) -> &[String] {
        &self.names
    }

    fn count(&self, outputs: &Tensor, targets: &Array, confusion: &mut [Vec<usize>]) {
        for (row, target) in self.pairs(outputs, targets) {
            let cells = confusion.get_mut(target as usize);
            if let Some(cell) = cells.and_then(|cells| cells.get_mut(self.predicted(row))) {
                *cell += 1;
            }
        }
    }

    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded {
        let sample = |row: &[f32]| {
            let mut scores = Vec::new();
            self.scores.extend(&mut scores, row);
            let scores = scores.into_iter().map(|x| x as f32).collect();
            ClassPrediction { class: self.predicted(row), scores }
        };
        Decoded::Classes(ClassPredictions {
            classes: self.names.clone(),
            are_probabilities: self.scores.are_probabilities(),
            samples: self.rows(outputs).map(sample).collect(),
            truth: targets.map(|targets| targets.numbers().map(|x| x as usize).collect()),
        })
    }
}

/// The classes that a model predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPredictions {
    /// The classes' names.
    pub classes: Vec<String>,
    /// Whether scores are probabilities. Otherwise they are outputs of a network that was trained with a loss of
    /// numbers or margins.
    pub are_probabilities: bool,
    /// The prediction for each sample.
    pub samples: Vec<ClassPrediction>,
    /// The true class of each sample, if it is known.
    pub truth: Option<Vec<usize>>,
}

/// The class that a model predicts for a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPrediction {
    /// The predicted class, an index.
    pub class: usize,
    /// The score of each class.
    pub scores: Vec<f32>,
}

/// Classes that are shown for a single sample, the most likely first.
const SHOWN: usize = 5;

impl ClassPredictions {
    /// Predicts the second of two classes where its probability is at least `threshold`, and otherwise the first;
    /// false, and nothing has changed, for other classes or for scores that are no probabilities.
    pub(super) fn decide(&mut self, threshold: f64) -> bool {
        let is_taken = self.classes.len() == 2 && self.are_probabilities;
        for sample in self.samples.iter_mut().filter(|_| is_taken) {
            let second = sample.scores.get(1).copied().map_or(f64::NAN, f64::from);
            sample.class = usize::from(second >= threshold);
        }
        is_taken
    }

    /// The name of a class.
    pub fn name(&self, class: usize) -> &str {
        self.classes.get(class).map_or("", String::as_str)
    }

    /// The name of a score.
    fn score_name(&self) -> &'static str {
        if self.are_probabilities { "probability" } else { "output" }
    }

    fn score(&self, sample: &ClassPrediction, class: usize) -> Cell {
        let score = sample.scores.get(class).copied().unwrap_or(f32::NAN);
        if self.are_probabilities { Cell::Share(score) } else { Cell::Score(score) }
    }

    /// A table of the samples' predicted classes; for a single sample without a known class, of its most likely
    /// classes.
    pub fn table(&self) -> Table {
        let name = |class: usize| Cell::Text(self.name(class).to_string());
        if let ([sample], None) = (&self.samples[..], &self.truth) {
            let mut order: Vec<usize> = (0..sample.scores.len()).collect();
            order.sort_by(|&a, &b| sample.scores[b].total_cmp(&sample.scores[a]));
            let likeliest = order.into_iter().take(SHOWN);
            let rows = likeliest.map(|class| vec![name(class), self.score(sample, class)]);
            return Table::new(&["class", self.score_name()], rows);
        }
        let row = |(i, sample): (usize, &ClassPrediction)| {
            let mark = match self.truth.as_ref().and_then(|truth| truth.get(i)) {
                Some(&class) if class == sample.class => "right".to_string(),
                Some(&class) => format!("wrong, it is {}", self.name(class)),
                None => String::new(),
            };
            let score = self.score(sample, sample.class);
            vec![Cell::Text(i.to_string()), name(sample.class), score, Cell::Text(mark)]
        };
        let rows = self.samples.iter().enumerate().map(row);
        Table::new(&["sample", "class", self.score_name(), ""], rows)
    }
}

impl ClassPredictions {
    /// The predicted class and its score, as columns; with `scores` also the score of each class.
    pub(super) fn columns(&self, scores: bool) -> Columns {
        let mut names = vec!["prediction".to_string(), self.score_name().to_string()];
        if scores {
            names.extend(self.classes.iter().map(|class| format!("{}_{class}", self.score_name())));
        }
        names.extend(self.truth.is_some().then(|| "truth".to_string()));
        let class = |class: usize| Cell::Text(self.name(class).to_string());
        let number = |x: Option<&f32>| Cell::Number(x.map_or(f64::NAN, |&x| shortest(x)));
        let row = |(i, sample): (usize, &ClassPrediction)| {
            let mut row = vec![class(sample.class), number(sample.scores.get(sample.class))];
            if scores {
                row.extend((0..self.classes.len()).map(|class| number(sample.scores.get(class))));
            }
            row.extend(self.truth.as_ref().and_then(|truth| truth.get(i)).map(|&own| class(own)));
            row
        };
        Columns { names, rows: self.samples.iter().enumerate().map(row).collect() }
    }
}

/// `{"predictions": [{"class": "3", "probability": 0.98}], "truth": [{"class": "3"}]}`; `output` if scores are not
/// probabilities, and no `truth` if it is not known.
impl Serialize for ClassPredictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let score = self.score_name();
        let sample = |sample: &ClassPrediction| {
            let own = Item::Number(sample.scores.get(sample.class).map(|&x| shortest(x)));
            Named(vec![("class", Item::Text(self.name(sample.class))), (score, own)])
        };
        let predictions: Vec<_> = self.samples.iter().map(sample).collect();
        let class = |&class: &usize| Named(vec![("class", Item::Text(self.name(class)))]);
        let truth = self.truth.as_ref().map(|truth| truth.iter().map(class).collect::<Vec<_>>());
        let mut fields = serializer.serialize_struct("ClassPredictions", 2)?;
        fields.serialize_field("predictions", &predictions)?;
        match truth {
            Some(truth) => fields.serialize_field("truth", &truth)?,
            None => fields.skip_field("truth")?,
        }
        fields.end()
    }
}
