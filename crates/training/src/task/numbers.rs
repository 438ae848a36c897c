//! Numbers for each sample, in their own units.

use super::predictions::{Item, Named};
use super::{Cell, Columns, Decoded, FailedStep, Kind, Made, Setting, Table, Target};
use crate::metrics::{InputKind, MeanAbsoluteError, MetricInput};
use crate::{MetricSpec, TrainError};
use relume_datasets::{TargetScaling, shortest};
use relume_losses::Targets as Wanted;
use relume_tensor::{Array, Shape, Tensor};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Numbers {
    /// The outputs' names: those of the numbers, then those of further outputs that the loss needs, such as `variance
    /// of price`. Empty if the numbers have no names.
    names: Vec<String>,
    /// How many numbers are predicted.
    width: usize,
    /// How many outputs a sample has: those beyond the numbers, such as variances, are only for the loss.
    outputs: usize,
    /// How the numbers are scaled for the loss.
    scaling: Option<Arc<TargetScaling>>,
}

impl Numbers {
    pub fn of(setting: &Setting<'_>) -> Made {
        let Target::Numbers { names, width, scaling, .. } = setting.target else { return None };
        if !matches!(setting.loss().targets(), Wanted::Values | Wanted::Signs) {
            return None;
        }
        let (given, outputs) = (setting.output.count(), setting.loss().outputs(width));
        Some(if given == outputs {
            let extra = setting.loss().extra_outputs().iter();
            let extra =
                extra.flat_map(|what| names.iter().map(move |name| format!("{what} of {name}")));
            let names = names.iter().cloned().chain(extra).collect();
            let scaling = scaling.filter(|own| own.mean.len() == width).cloned();
            Ok(Box::new(Numbers { names, width, outputs, scaling }))
        } else {
            Err(setting.mismatch(outputs.to_string(), setting.ending(outputs)))
        })
    }

    /// The first outputs of each sample: as many as there are targets.
    fn rows<'a>(&self, outputs: &'a Tensor) -> impl Iterator<Item = &'a [f32]> {
        let width = self.width;
        outputs
            .data()
            .chunks_exact(self.outputs.max(1))
            .map(move |row| &row[..width.min(row.len())])
    }

    /// Outputs in the targets' own units. Those beyond the numbers are variances, whose units are squared.
    fn in_units(&self, outputs: &Tensor) -> Vec<Vec<f64>> {
        let width = self.width.max(1);
        let number = |(place, &x): (usize, &f32)| match &self.scaling {
            None => shortest(x),
            Some(scaling) if place < width => scaling.unscaled(place, x),
            Some(scaling) => f64::from(x) * scaling.deviation[place % width].powi(2),
        };
        let rows = outputs.data().chunks_exact(self.outputs.max(1));
        rows.map(|row| row.iter().enumerate().map(number).collect()).collect()
    }

    /// How far numbers of the loss are from the mean of the targets, in the targets' own units; the numbers themselves
    /// if they are not scaled. Errors and variances are the same as those of the numbers, without their rounding.
    fn centred(&self, number: usize, x: f32) -> f64 {
        let deviation = self.scaling.as_ref().map_or(1.0, |scaling| scaling.deviation[number]);
        f64::from(x) * deviation
    }
}

impl Kind for Numbers {
    fn metric(&self) -> MetricSpec {
        MeanAbsoluteError::new().into()
    }

    fn inputs(&self) -> &'static [InputKind] {
        &[InputKind::Values]
    }

    fn target(&self, targets: &Array, outputs: Shape) -> Result<Array, TrainError> {
        let targets = targets.to_tensor()?;
        match targets.shape() != outputs && targets.count() == outputs.count() {
            true => Ok(targets.reshape(outputs)?.into()),
            false => Ok(targets.into()),
        }
    }

    fn metric_sum(&self, outputs: &Tensor, targets: &Array) -> f64 {
        let Ok(targets) = targets.to_tensor() else { return f64::NAN };
        let width = self.width.max(1);
        let sample = |(row, targets): (&[f32], &[f32])| {
            let pairs = row.iter().zip(targets).enumerate();
            let error = |(i, (y, t)): (usize, (&f32, &f32))| self.centred(i, (y - t).abs());
            pairs.map(error).sum::<f64>()
        };
        let samples = self.rows(outputs).zip(targets.data().chunks_exact(width));
        samples.map(sample).sum::<f64>() / width as f64
    }

    fn metric_input(&self, outputs: &Tensor, targets: &Array) -> Result<MetricInput, TrainError> {
        let shape = [targets.count() / self.width.max(1), self.width];
        let centred = |(i, &x): (usize, &f32)| self.centred(i, x) as f32;
        let predicted = self.rows(outputs).flat_map(|row| row.iter().enumerate().map(centred));
        let predicted = Tensor::new(shape, predicted.collect())?;
        let targets = targets.to_tensor()?.reshape(shape)?;
        let own = targets.data().iter().enumerate();
        let own = own.map(|(i, x)| centred((i % self.width.max(1), x)));
        Ok(MetricInput::Values { predicted, targets: Tensor::new(shape, own.collect())? })
    }

    fn decode(&self, outputs: &Tensor, targets: Option<&Array>) -> Decoded {
        let has_names = !self.names.is_empty() && self.names.len() == self.outputs;
        if !has_names || outputs.rank() != 2 {
            return Decoded::Outputs;
        }
        let rows = |tensor: Tensor| {
            let rows = tensor.data().chunks_exact(self.width.max(1));
            rows.map(|row| row.iter().map(|&x| shortest(x)).collect()).collect()
        };
        Decoded::Numbers(NumberPredictions {
            names: self.names.clone(),
            samples: self.in_units(outputs),
            truth: targets.and_then(|targets| targets.to_tensor().ok()).map(rows),
        })
    }

    fn diagnose(&self, step: &FailedStep<'_>) -> Option<TrainError> {
        let targets = step.targets.as_tensor()?.data();
        let place = targets.iter().position(|x| !x.is_finite())?;
        let (name, number) = (self.names.get(place % self.width.max(1)), targets[place]);
        let what = name.map_or_else(|| "a target".to_string(), |name| format!("a target, {name},"));
        let problem = format!("{what} is {number}");
        Some(TrainError::Targets { data: step.data.to_string(), problem })
    }
}

/// The numbers that a model predicts.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberPredictions {
    /// The numbers' names; after them those of a network's further outputs, such as `variance of price`.
    pub names: Vec<String>,
    /// The prediction for each sample, a number for each name.
    pub samples: Vec<Vec<f64>>,
    /// The true numbers of each sample, for the first of the names, if they are known.
    pub truth: Option<Vec<Vec<f64>>>,
}

impl NumberPredictions {
    /// A table of the samples' numbers, followed by the true ones if they are known.
    pub fn table(&self) -> Table {
        let is_single = self.samples.len() == 1 && self.truth.is_none();
        let true_numbers = self.truth.as_ref().and_then(|truth| truth.first()).map_or(0, Vec::len);
        let known = self.names.iter().take(true_numbers).map(|name| format!("true {name}"));
        let sample = (!is_single).then(|| "sample".to_string());
        let heads = sample.into_iter().chain(self.names.iter().cloned()).chain(known).collect();
        let row = |(i, row): (usize, &Vec<f64>)| {
            let place = (!is_single).then(|| Cell::Text(i.to_string()));
            let truth = self.truth.as_ref().and_then(|truth| truth.get(i)).into_iter().flatten();
            place.into_iter().chain(row.iter().chain(truth).map(|&x| Cell::Number(x))).collect()
        };
        Table { heads, rows: self.samples.iter().enumerate().map(row).collect() }
    }
}

impl NumberPredictions {
    /// The numbers as columns: `prediction`, or `prediction_NAME` for each of several; then the true ones if known.
    pub(super) fn columns(&self) -> Columns {
        let known = self.truth.as_ref().and_then(|truth| truth.first()).map_or(0, Vec::len);
        let named = |word: &str, count: usize| -> Vec<String> {
            match count {
                1 => vec![word.to_string()],
                _ => self.names.iter().take(count).map(|name| format!("{word}_{name}")).collect(),
            }
        };
        let row = |(i, row): (usize, &Vec<f64>)| {
            let truth = self.truth.as_ref().and_then(|truth| truth.get(i)).into_iter().flatten();
            row.iter().chain(truth).map(|&x| Cell::Number(x)).collect()
        };
        Columns {
            names: [named("prediction", self.names.len()), named("truth", known)].concat(),
            rows: self.samples.iter().enumerate().map(row).collect(),
        }
    }
}

/// `{"predictions": [{"price": 12.5}], "truth": [{"price": 12}]}`; no `truth` where it is not known.
fn named<'a>(names: &'a [String], row: &[f64]) -> Named<'a> {
    let field = |(name, &x): (&'a String, &f64)| (name.as_str(), Item::Number(Some(x)));
    Named(names.iter().zip(row).map(field).collect())
}

impl Serialize for NumberPredictions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = |rows: &Vec<Vec<f64>>| -> Vec<_> {
            rows.iter().map(|row| named(&self.names, row)).collect()
        };
        let mut fields = serializer.serialize_struct("NumberPredictions", 2)?;
        fields.serialize_field("predictions", &rows(&self.samples))?;
        match &self.truth {
            Some(truth) => fields.serialize_field("truth", &rows(truth))?,
            None => fields.skip_field("truth")?,
        }
        fields.end()
    }
}
