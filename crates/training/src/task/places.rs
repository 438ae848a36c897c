//! A class at each place of a sample: each token of a text, or each pixel of an image.

use super::baseline::MARGIN;
use super::predictions::Table;
use super::scores::Scores;
use super::{Cell, Columns, Decoded, Kind, Made, Setting, Target};
use crate::metrics::{Accuracy, ClassResults, InputKind, MetricInput};
use crate::{MetricSpec, TrainError};
use relume_autograd::{Tape, Var, ops};
use relume_catalog::Value;
use relume_datasets::{Dataset, Part, Targets};
use relume_losses::{LossSpec, Targets as Wanted};
use relume_tensor::{Array, Indices, Shape, Tensor};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Where a network has the classes of each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// `[length, classes]`, as layers over sequences give them.
    Last,
    /// `[classes, height, width]`, as convolutions give them.
    First,
}

#[derive(Debug)]
pub(super) struct Places {
    data: String,
    names: Vec<String>,
    layout: Layout,
    /// The shape of a sample's places: `[length]` or `[height, width]`.
    places: Shape,
    /// The class that the loss ignores.
    ignored: f32,
    scores: Scores,
}

impl Places {
    pub fn of(setting: &Setting<'_>) -> Made {
        let Target::Places(names) = setting.target else { return None };
        if setting.loss().targets() != Wanted::Classes {
            return None;
        }
        let count = names.len();
        let (layout, places): (_, Shape) = match *setting.output {
            [length, classes] if classes == count => (Layout::Last, length.into()),
            [classes, height, width] if classes == count => (Layout::First, [height, width].into()),
            _ => {
                return Some(Err(setting.mismatch(
                    format!("{count} classes at each place: length x {count}, or {count} x height x width"),
                    format!(
                        "end the network with dense({count}) after layers that keep the steps, such as \
                         lstm(64), or with conv2d({count}, 1) for the pixels of images"
                    ),
                )));
            }
        };
        Some(Ok(Box::new(Places {
            data: setting.data.to_string(),
            names: names.to_vec(),
            layout,
            places,
            ignored: ignored(setting.loss),
            scores: Scores::new(setting.loss(), setting.network),
        })))
    }

    /// The outputs of each place of all samples: a score for each class.
    fn rows(&self, outputs: &Tensor, mut each: impl FnMut(usize, &[f32])) {
        let (classes, places) = (self.names.len().max(1), self.places.count().max(1));
        match self.layout {
            Layout::Last => {
                let rows = outputs.data().chunks_exact(classes).enumerate();
                rows.for_each(|(place, row)| each(place, row));
            }
            Layout::First => {
                let mut row = vec![0.0; classes];
                let samples = outputs.data().chunks_exact(classes * places).enumerate();
                for (sample, planes) in samples {
                    for place in 0..places {
                        let own = planes.iter().skip(place).step_by(places);
                        row.iter_mut().zip(own).for_each(|(x, &own)| *x = own);
                        each(sample * places + place, &row);
                    }
                }
            }
        }
    }

    fn is_counted(&self, class: f32) -> bool {
        class >= 0.0 && class != self.ignored
    }

    /// The places that have a class which is not ignored: the scores there, and the class.
    fn each_counted(&self, outputs: &Tensor, targets: &Array, mut each: impl FnMut(&[f32], usize)) {
        let Ok(targets) = targets.to_tensor() else { return };
        let known = targets.data();
        self.rows(outputs, |place, row| match known.get(place) {
            Some(&class) if self.is_counted(class) => each(row, class as usize),
            _ => {}
        });
    }
}

/// Refuses a part of which no sample or place has a class that the loss takes.
pub(crate) fn check_classes(part: &Part, loss: &LossSpec) -> Result<(), TrainError> {
    let ignored = ignored(loss);
    let counts = |class: usize| class as f32 != ignored;
    let is_counted = match part.data().targets() {
        Targets::Places(places) => {
            let counted = places.counts(part.indices()).into_iter().enumerate();
            counted.filter(|&(_, count)| count > 0).any(|(class, _)| counts(class))
        }
        Targets::Classes { labels, .. } => part.indices().iter().any(|&i| counts(labels[i])),
        Targets::Values { .. } | Targets::Sequences { .. } => true,
    };
    if part.is_empty() || is_counted { Ok(()) } else { Err(nothing_counted(part)) }
}

/// The error of a part of which no sample or place has a class that the loss takes.
pub(crate) fn nothing_counted(part: &Part) -> TrainError {
    let problem = match part.data().targets() {
        Targets::Places(_) => "no place of its samples has a class, so there is no loss",
        _ => "all of its samples have the class that the loss ignores, so there is no loss",
    };
    TrainError::Targets { data: part.name().to_string(), problem: problem.to_string() }
}

/// The class that a loss ignores: -100 unless it says otherwise, as in PyTorch.
pub(super) fn ignored(loss: &LossSpec) -> f32 {
    let own = loss.arguments();
    own.get("ignore_index").and_then(Value::as_f64).unwrap_or(-100.0) as f32
}

impl Kind for Places {
    fn metric(&self) -> MetricSpec {
        Accuracy::new().into()
    }

    fn inputs(&self) -> &'static [InputKind] {
        match self.layout {
            Layout::Last => &[InputKind::Classes, InputKind::Scores],
            // The scores of all pixels would take too much memory.
            Layout::First => &[InputKind::Classes],
        }
    }

    fn check(&self, data: &Dataset) -> Result<(), TrainError> {
        let Targets::Places(known) = data.targets() else { return Ok(()) };
        if known.shape() == self.places {
            return Ok(());
        }
        let problem = format!(
            "has classes at {} places, and the network gives outputs at {}: layers must keep the steps of a sequence, \
             and the height and width of an image",
            known.shape(),
            self.places
        );
        Err(TrainError::Targets { data: self.data.clone(), problem })
    }

    /// The axis of classes is the second one of the loss.
    fn predictions(&self, tape: &mut Tape, output: Var) -> Result<Var, TrainError> {
        match self.layout {
            Layout::First => Ok(output),
            Layout::Last => {
                let classes = self.names.len();
                let rows = tape.value(output).count() / classes.max(1);
                Ok(ops::reshape(tape, output, [rows, classes].into())?)
            }
        }
    }

    fn target(&self, targets: &Array, _: Shape) -> Result<Array, TrainError> {
        let targets = targets.to_tensor()?;
        let ignored = self.ignored;
        let own = targets.map(|class| if class < 0.0 { ignored } else { class });
        Ok(match self.layout {
            Layout::First => own.into(),
            Layout::Last => {
                let count = own.count();
                own.reshape(count)?.into()
            }
        })
    }

    /// The classes' shares at all places of all samples, and their logarithms, at each place.
    fn constants(&self, train: &Part, class_weights: &[f64]) -> Option<Vec<Vec<f32>>> {
        let Targets::Places(known) = train.data().targets() else { return None };
        let weighed = |(class, count): (usize, usize)| match self.is_counted(class as f32) {
            true => count as f64 * class_weights.get(class).copied().unwrap_or(1.0),
            false => 0.0,
        };
        let weights: Vec<f64> =
            known.counts(train.indices()).into_iter().enumerate().map(weighed).collect();
        let all = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let shares: Vec<f64> =
            weights.iter().map(|own| (own / all).clamp(MARGIN, 1.0 - MARGIN)).collect();
        let (classes, places) = (shares.len(), self.places.count());
        let everywhere = |row: Vec<f64>| -> Vec<f32> {
            let of = |i: usize| match self.layout {
                Layout::Last => row[i % classes],
                Layout::First => row[i / places],
            };
            (0..classes * places).map(|i| of(i) as f32).collect()
        };
        let logits = shares.iter().map(|share| share.ln()).collect();
        Some(vec![everywhere(logits), everywhere(shares)])
    }

    fn counted(&self, targets: &Array) -> Option<usize> {
        Some(targets.numbers().filter(|&class| self.is_counted(class as f32)).count())
    }

    /// Steps after a sequence's end have no class: NaN.
    fn mask_padding(&self, outputs: &mut Tensor, lengths: &Indices) {
        if self.layout == Layout::First {
            return;
        }
        let one = outputs.shape().tail(1).count().max(1);
        let classes = self.names.len();
        let samples = outputs.data_mut().chunks_exact_mut(one);
        for (sample, &length) in samples.zip(lengths.data()) {
            let end = (length as usize).saturating_mul(classes).min(one);
            sample[end..].fill(f32::NAN);
        }
    }

    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64 {
        let mut right = 0;
        self.each_counted(outputs, targets, |row, class| {
            right += usize::from(self.scores.class(row) == class);
        });
        right as f64
    }

    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError> {
        let mut results = ClassResults::new(self.names.len());
        self.each_counted(outputs, targets, |row, class| {
            results.predicted.push(self.scores.class(row));
            results.targets.push(class);
            if self.layout == Layout::Last {
                self.scores.extend(&mut results.scores, row);
            }
        });
        Ok(MetricInput::Classes(results))
    }

    fn classes(&self) -> &[String] {
        &self.names
    }

    fn count(&self, outputs: &Tensor, targets: &Array, confusion: &mut [Vec<usize>]) {
        self.each_counted(outputs, targets, |row, class| {
            let cells = confusion.get_mut(class);
            if let Some(cell) = cells.and_then(|cells| cells.get_mut(self.scores.class(row))) {
                *cell += 1;
            }
        });
    }

    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded {
        let places = self.places.count().max(1);
        let mut found = Vec::with_capacity(outputs.count() / self.names.len().max(1));
        self.rows(outputs, |_, row| {
            let is_padding = row.iter().all(|x| x.is_nan());
            found.push((!is_padding).then(|| self.scores.class(row)));
        });
        let known = targets.and_then(|targets| targets.to_tensor().ok());
        let known: Option<Vec<Option<usize>>> = known
            .map(|known| known.data().iter().map(|&x| (x >= 0.0).then_some(x as usize)).collect());
        let samples = found.chunks_exact(places).map(<[_]>::to_vec).collect();
        let truth = known.map(|known| known.chunks_exact(places).map(<[_]>::to_vec).collect());
        let width = self.places.last().copied().unwrap_or(1);
        let width = (self.layout == Layout::First).then_some(width);
        Decoded::Places(PlacePredictions { classes: self.names.clone(), width, samples, truth })
    }
}

/// The classes that a model predicts at each place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacePredictions {
    /// The classes' names.
    pub classes: Vec<String>,
    /// How many places a row has, if they are the pixels of images; `None` for the steps of sequences.
    pub width: Option<usize>,
    /// The class of each place of each sample, row by row for images; up to the end of each text.
    pub samples: Vec<Vec<Option<usize>>>,
    /// The true classes, if they are known; `None` for a place that is ignored.
    pub truth: Option<Vec<Vec<Option<usize>>>>,
}

/// How many steps of a sequence are shown to people.
const SHOWN: usize = 24;

impl PlacePredictions {
    /// Cuts the steps off that are after the end of each sequence, whatever is known of them.
    pub(crate) fn cut(&mut self, lengths: &[usize]) {
        for (i, &length) in lengths.iter().enumerate() {
            let truth = self.truth.as_mut().and_then(|truth| truth.get_mut(i));
            self.samples.get_mut(i).into_iter().chain(truth).for_each(|own| own.truncate(length));
        }
    }

    /// The name of a class; `-` for no class.
    pub fn name(&self, class: Option<usize>) -> &str {
        class.map_or("-", |class| self.classes.get(class).map_or("", String::as_str))
    }

    /// The names of a sample's classes with blanks between them.
    pub fn text(&self, sample: &[Option<usize>]) -> String {
        let names: Vec<&str> = sample.iter().map(|&class| self.name(class)).collect();
        names.join(" ")
    }

    /// The share of the known places of a sample that were predicted right; `None` where nothing is known.
    fn right(&self, i: usize) -> Option<f32> {
        let truth = self.truth.as_ref()?.get(i)?;
        let known = || truth.iter().zip(&self.samples[i]).filter(|(truth, _)| truth.is_some());
        let right = known().filter(|(truth, found)| truth == found).count();
        (known().count() > 0).then(|| right as f32 / known().count() as f32)
    }

    /// The share of a sample's places that each class has.
    fn shares(&self, i: usize) -> Vec<f32> {
        let sample = &self.samples[i];
        let of = |class| sample.iter().filter(|own| **own == Some(class)).count();
        (0..self.classes.len()).map(|class| of(class) as f32 / sample.len().max(1) as f32).collect()
    }

    /// A table of the samples: the tags of sequences, or the shares that the classes have of images.
    pub fn table(&self) -> Table {
        let row = |i: usize| {
            let sample = &self.samples[i];
            let mut row = vec![Cell::Text(i.to_string())];
            match self.width {
                None if sample.len() > SHOWN => {
                    let shown = self.text(&sample[..SHOWN]);
                    row.push(Cell::Text(format!("{shown} ... ({} in all)", sample.len())));
                }
                None => row.push(Cell::Text(self.text(sample))),
                Some(_) => row.extend(self.shares(i).into_iter().map(Cell::Share)),
            }
            row.extend(self.truth.is_some().then(|| match self.right(i) {
                Some(share) => Cell::Share(share),
                None => Cell::Text(String::new()),
            }));
            row
        };
        let mut heads = vec!["sample"];
        match self.width {
            None => heads.push("classes"),
            Some(_) => heads.extend(self.classes.iter().map(String::as_str)),
        }
        heads.extend(self.truth.is_some().then_some("right"));
        Table::new(&heads, (0..self.samples.len()).map(row))
    }

    /// The classes of sequences in one column, with blanks between them; of images a column for each class with its
    /// share. `truth` for sequences, and `accuracy` for images, if it is known.
    pub(super) fn columns(&self) -> Columns {
        let number = |x: f32| Cell::Number(relume_datasets::shortest(x));
        let text = |sample: &[Option<usize>]| Cell::Text(self.text(sample));
        let row = |i: usize| match self.width {
            None => {
                let truth = self.truth.as_ref().and_then(|truth| truth.get(i));
                let truth = truth.map(|truth| text(truth));
                std::iter::once(text(&self.samples[i])).chain(truth).collect()
            }
            Some(_) => {
                let right = self.truth.as_ref().map(|_| number(self.right(i).unwrap_or(f32::NAN)));
                self.shares(i).into_iter().map(number).chain(right).collect()
            }
        };
        let has_truth = self.truth.is_some();
        let names = match self.width {
            None => std::iter::once("prediction".to_string())
                .chain(has_truth.then(|| "truth".to_string()))
                .collect(),
            Some(_) => (self.classes.iter().map(|name| format!("share_{name}")))
                .chain(has_truth.then(|| "accuracy".to_string()))
                .collect(),
        };
        Columns { names, rows: (0..self.samples.len()).map(row).collect() }
    }
}

/// The names of a sample's classes: in a list for a sequence, in a list of rows for an image.
struct Named<'a>(&'a PlacePredictions, &'a [Option<usize>]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Named(all, sample) = self;
        let name = |class: &Option<usize>| class.map(|class| all.name(Some(class)));
        let names = |row: &[Option<usize>]| row.iter().map(name).collect::<Vec<_>>();
        let mut fields = serializer.serialize_struct("Places", 1)?;
        match all.width {
            None => fields.serialize_field("classes", &names(sample))?,
            Some(width) => {
                let rows: Vec<_> = sample.chunks(width.max(1)).map(names).collect();
                fields.serialize_field("classes", &rows)?;
            }
        }
        fields.end()
    }
}

/// `{"predictions": [{"classes": ["O", "PER"]}], "truth": [{"classes": ["O", null]}]}`; rows of names for images, and
/// no `truth` if it is not known.
impl Serialize for PlacePredictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("PlacePredictions", 2)?;
        let predictions: Vec<_> = self.samples.iter().map(|own| Named(self, own)).collect();
        fields.serialize_field("predictions", &predictions)?;
        match &self.truth {
            Some(truth) => {
                let truth: Vec<_> = truth.iter().map(|own| Named(self, own)).collect();
                fields.serialize_field("truth", &truth)?;
            }
            None => fields.skip_field("truth")?,
        }
        fields.end()
    }
}
