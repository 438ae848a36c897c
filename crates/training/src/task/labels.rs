//! A string of labels for each sample, without an alignment in time: transcripts, trained with ctc.

use super::{Cell, Columns, Decoded, FailedStep, Kind, Made, Setting, Table, Target};
use crate::metrics::{ErrorRate, InputKind, MetricInput, best_path, edit_distance, padded_labels};
use crate::{MetricSpec, TrainError};
use relume_datasets::{Dataset, Targets};
use relume_losses::Targets as Wanted;
use relume_tensor::{Array, Indices, Shape, Tensor, TensorError};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::json;

#[derive(Debug)]
pub(super) struct Labels {
    loss: &'static str,
    /// The labels' names, from label 1 on.
    names: Vec<String>,
    /// The class of the blank.
    blank: usize,
    /// How many classes outputs have at each time step.
    classes: usize,
}

impl Labels {
    pub fn of(setting: &Setting<'_>) -> Made {
        let (Target::Numbers { labels, .. }, Wanted::Labels { blank }) =
            (setting.target, setting.loss().targets())
        else {
            return None;
        };
        let least = labels.len().max(blank) + 1;
        Some(match *setting.output {
            [_, classes] if classes > blank => {
                let (loss, names) = (setting.loss.entry().name, labels.to_vec());
                Ok(Box::new(Labels { loss, names, blank, classes }))
            }
            _ => Err(setting.mismatch(
                "a row of classes for each time step",
                format!("end the network with dense({least}) -> log_softmax after layers that keep the time axis"),
            )),
        })
    }

    /// A label's name, or its number if it has none.
    fn name(&self, label: usize) -> String {
        // Labels are counted from 1.
        let name = label.checked_sub(1).and_then(|place| self.names.get(place));
        name.cloned().unwrap_or_else(|| label.to_string())
    }

    /// Letters are joined, longer names and digits are separated by spaces.
    fn spell(&self, labels: &[usize]) -> String {
        let are_letters =
            !self.names.is_empty() && self.names.iter().all(|name| name.chars().count() == 1);
        let are_digits = self.names.iter().all(|name| name.chars().all(|c| c.is_ascii_digit()));
        let between = if are_letters && !are_digits { "" } else { " " };
        labels.iter().map(|&label| self.name(label)).collect::<Vec<_>>().join(between)
    }

    /// The outputs `[time, classes]` of each sample.
    fn samples<'a>(&self, outputs: &'a Tensor) -> impl Iterator<Item = &'a [f32]> {
        outputs.data().chunks_exact(outputs.shape().tail(1).count().max(1))
    }
}

impl Kind for Labels {
    fn metric(&self) -> MetricSpec {
        ErrorRate::new().into()
    }

    fn inputs(&self) -> &'static [InputKind] {
        &[InputKind::Texts]
    }

    fn check(&self, data: &Dataset) -> Result<(), TrainError> {
        // Strings have different lengths, and their mean is not defined.
        if data.is_mixed() {
            return Err(TrainError::Mixed { loss: self.loss, data: data.name().to_string() });
        }
        let targets: Array = match data.targets() {
            Targets::Classes { .. } | Targets::Places(_) => return Ok(()),
            Targets::Values { values, .. } => values.into(),
            Targets::Sequences { labels, .. } => labels.into(),
        };
        let outside = targets.numbers().position(|label| label >= self.classes as f64);
        match outside {
            Some(place) => {
                let sample = place / data.outputs().max(1);
                let label = match &targets {
                    Array::Tensor(labels) => labels.data()[place].to_string(),
                    Array::Indices(labels) => labels.data()[place].to_string(),
                };
                let last = self.classes - 1;
                let problem = format!(
                    "sample {sample}: the label {label} is not one of the classes 0 to {last} that the network gives"
                );
                Err(TrainError::Targets { data: data.name().to_string(), problem })
            }
            None => Ok(()),
        }
    }

    /// Indices, padded with the blank instead of 0, or of negative numbers. Numbers that are not labels stay unchanged:
    /// the loss refuses them with their row.
    fn target(&self, targets: &Array, _: Shape) -> Result<Array, TrainError> {
        match targets {
            Array::Indices(labels) if self.blank != 0 => {
                let blank = u32::try_from(self.blank)
                    .map_err(|_| TensorError::LargeIndex { index: self.blank })?;
                let label = |place: usize| labels.data()[place];
                let filled = |place| if label(place) == 0 { blank } else { label(place) };
                Ok(Indices::from_fn(labels.shape(), filled).into())
            }
            Array::Indices(_) => Ok(targets.clone()),
            Array::Tensor(labels) => {
                let blank = self.blank as f32;
                let filled = labels.map(|label| if label < 0.0 { blank } else { label });
                Ok(Indices::try_from(&filled).map_or_else(|_| targets.clone(), Array::from))
            }
        }
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    /// Makes the outputs after each sequence's end blank; the loss ignores them.
    fn mask_padding(&self, outputs: &mut Tensor, lengths: &Indices) {
        let &[_, time, classes] = outputs.dims() else { return };
        let samples = outputs.data_mut().chunks_exact_mut((time * classes).max(1));
        for (sample, &length) in samples.zip(lengths.data()) {
            let end = (length as usize * classes).min(sample.len());
            for step in sample[end..].chunks_exact_mut(classes) {
                step.fill(f32::NEG_INFINITY);
                step[self.blank] = 0.0;
            }
        }
    }

    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64 {
        let targets = padded_labels(targets, self.blank);
        let rates = self.samples(outputs).zip(&targets).map(|(steps, target)| {
            let predicted = best_path(steps, self.classes, self.blank);
            edit_distance(&predicted, target) as f64 / target.len().max(1) as f64
        });
        rates.sum()
    }

    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError> {
        Ok(MetricInput::Labels {
            predicted: self
                .samples(outputs)
                .map(|steps| best_path(steps, self.classes, self.blank))
                .collect(),
            targets: padded_labels(targets, self.blank),
        })
    }

    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded {
        let spelled = |steps: &[f32]| self.spell(&best_path(steps, self.classes, self.blank));
        let truth = |targets: &Array| -> Vec<String> {
            padded_labels(targets, self.blank).iter().map(|labels| self.spell(labels)).collect()
        };
        Decoded::Transcripts(TranscriptPredictions {
            samples: self.samples(outputs).map(spelled).collect(),
            truth: targets.map(truth),
        })
    }

    /// A sample with more labels than its steps can hold has an infinite loss.
    fn diagnose(&self, step: &FailedStep<'_>) -> Option<TrainError> {
        let (&[_, time, _], f32::INFINITY) = (step.outputs.dims(), step.value) else { return None };
        let targets = padded_labels(step.targets, self.blank);
        targets.iter().enumerate().find_map(|(sample, labels)| {
            let equal = labels.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let (labels, wanted) = (labels.len(), labels.len() + equal);
            let length = step.lengths.and_then(|lengths| lengths.data().get(sample));
            let given = length.map_or(time, |&length| length as usize);
            (wanted > given).then_some(TrainError::TooFewSteps { labels, wanted, given })
        })
    }
}

/// The transcripts that a model predicts.
///
/// Letters are joined, longer names and digits are separated by spaces; labels without a name are numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct TranscriptPredictions {
    /// The prediction for each sample.
    pub samples: Vec<String>,
    /// The true transcript of each sample, if it is known.
    pub truth: Option<Vec<String>>,
}

impl TranscriptPredictions {
    /// A single transcript unchanged, or a table of several, with the true ones if they are known.
    pub fn table(&self) -> Table {
        let text = |text: &String| Cell::Text(text.clone());
        if let ([sample], None) = (&self.samples[..], &self.truth) {
            return Table { heads: Vec::new(), rows: vec![vec![text(sample)]] };
        }
        let row = |(i, sample): (usize, &String)| {
            let truth = self.truth.as_ref().and_then(|truth| truth.get(i));
            let cells = [Cell::Text(i.to_string()), text(sample)];
            cells.into_iter().chain(truth.map(text)).collect()
        };
        let rows = self.samples.iter().enumerate().map(row);
        match &self.truth {
            Some(_) => Table::new(&["sample", "transcript", "true transcript"], rows),
            None => Table::new(&["sample", "transcript"], rows),
        }
    }
}

impl TranscriptPredictions {
    /// The transcripts as columns: `prediction`, and `truth` if it is known.
    pub(super) fn columns(&self) -> Columns {
        let truth = self.truth.is_some().then_some("truth");
        let row = |(i, sample): (usize, &String)| {
            let truth = self.truth.as_ref().and_then(|truth| truth.get(i));
            [sample].into_iter().chain(truth).map(|text| Cell::Text(text.clone())).collect()
        };
        Columns {
            names: ["prediction"].into_iter().chain(truth).map(str::to_string).collect(),
            rows: self.samples.iter().enumerate().map(row).collect(),
        }
    }
}

/// `{"predictions": [{"transcript": "one two"}], "truth": [{"transcript": "one two"}]}`; no `truth` if it is not known.
impl Serialize for TranscriptPredictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = |texts: &Vec<String>| -> Vec<_> {
            texts.iter().map(|text| json!({ "transcript": text })).collect()
        };
        let mut fields = serializer.serialize_struct("TranscriptPredictions", 2)?;
        fields.serialize_field("predictions", &rows(&self.samples))?;
        match &self.truth {
            Some(truth) => fields.serialize_field("truth", &rows(truth))?,
            None => fields.skip_field("truth")?,
        }
        fields.end()
    }
}
