//! What outputs that are the same for every sample would reach.

use super::Task;
use crate::TrainError;
use crate::step::ForwardPass;
use relume_datasets::{Batch, Dataset, Part, Sampler};
use relume_layers::Workspace;
use relume_tensor::{Array, Tensor};
use serde::Serialize;

/// The loss and the metric of the best outputs that are the same for every sample: what a network reaches that looks at
/// nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// The mean loss.
    pub loss: f64,
    /// The metric beside the loss.
    pub metric: f64,
}

/// The most outputs that are made; for more there is no baseline.
const MOST_NUMBERS: usize = 50_000_000;
/// Probabilities are kept this far from 0 and 1, so that their logarithms are finite.
pub(super) const MARGIN: f64 = 1e-7;

/// What constants reach on the parts of a data set, chosen by the train part as a sampler draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baselines {
    /// On the train part, as the sampler draws it.
    pub train: Option<Baseline>,
    /// On the validation part, or on the test part without one.
    pub held_out: Option<Baseline>,
}

impl Task {
    /// What the best constant outputs reach on the parts of a data set, as [`Task::baseline`], for a training whose
    /// samples are drawn by a sampler: if each class comes as often as any other, the best constant is another one.
    ///
    /// # Errors
    /// Targets that the loss refuses.
    pub fn baselines(&self, data: &Dataset, sampler: Sampler) -> Result<Baselines, TrainError> {
        let train = match sampler {
            Sampler::Shuffle => data.train(),
            Sampler::Balanced => balanced(&data.train())?,
        };
        let validation = data.validation();
        let held_out = if validation.is_empty() { data.test() } else { validation };
        let of = |part: &Part| self.baseline(&train, part);
        Ok(Baselines { train: of(&train)?, held_out: of(&held_out)? })
    }

    /// What the best constant outputs reach on a part. They are chosen by the loss on the train part: the mean, the
    /// median, or the classes' shares and the logits of them; of classes at each place, the same everywhere. `None`
    /// where outputs are neither these nor a row of numbers for each sample, or no constant has a finite loss.
    ///
    /// # Errors
    /// Targets that the loss refuses.
    pub fn baseline(&self, train: &Part, part: &Part) -> Result<Option<Baseline>, TrainError> {
        let train = if train.is_empty() { part } else { train };
        let most = MOST_NUMBERS / self.output.count().max(1);
        let is_row = self.output.rank() == 1 && !self.kind.takes_lengths();
        if part.is_empty() || part.len() > most {
            return Ok(None);
        }
        let of_places = self.kind.constants(train, &self.class_weights);
        let train = &train.slice(0, train.len().min(most))?;
        let batch = targets_of(train)?;
        let rows = match of_places {
            Some(rows) => rows,
            None if !is_row => return Ok(None),
            None => {
                let shape = self.output.with_batch(train.len()).map_err(TrainError::from)?;
                let wanted = self.kind.target(&batch.targets, shape)?;
                constants(&wanted, self.output.count(), &self.sample_weights(&batch))
            }
        };
        let mut best: Option<(f64, Vec<f32>)> = None;
        for row in rows {
            // A loss refuses what it does not take, such as a probability below 0.
            let Ok(reached) = self.reached(&batch, &row) else { continue };
            if reached.loss.is_finite()
                && best.as_ref().is_none_or(|(loss, _)| reached.loss < *loss)
            {
                best = Some((reached.loss, row));
            }
        }
        let Some((_, row)) = best else { return Ok(None) };
        let reached = self.reached(&targets_of(part)?, &row)?;
        Ok(reached.loss.is_finite().then_some(reached))
    }

    /// What each sample weighs in the loss: its own weight times that of its class.
    fn sample_weights(&self, batch: &Batch) -> Vec<f64> {
        let own = |i: usize| batch.weights.as_ref().map_or(1.0, |own| f64::from(own.data()[i]));
        let are_classes =
            !self.class_weights.is_empty() && batch.targets.count() == batch.samples();
        match are_classes {
            false => (0..batch.samples()).map(own).collect(),
            true => {
                let of =
                    |class: f64| self.class_weights.get(class as usize).copied().unwrap_or(1.0);
                let classes = batch.targets.numbers().map(of).enumerate();
                classes.map(|(i, weight)| own(i) * weight).collect()
            }
        }
    }

    /// The loss and the metric of outputs that are this row for every sample.
    fn reached(&self, batch: &Batch, row: &[f32]) -> Result<Baseline, TrainError> {
        let samples = batch.samples();
        let mut workspace = Workspace::inference();
        let shape = self.output.with_batch(samples).map_err(TrainError::from)?;
        let outputs = Tensor::from_fn(shape, |i| row[i % row.len().max(1)]);
        let output = workspace.tape.constant(outputs);
        let pass = ForwardPass::of_output(self, &mut workspace, output, batch)?;
        let metric = pass.metric_sum / pass.counted.max(1) as f64;
        Ok(Baseline { loss: f64::from(pass.value), metric })
    }
}

/// The targets of a part, with samples of no numbers.
fn targets_of(part: &Part) -> Result<Batch, TrainError> {
    let weights = part.data().weights();
    Ok(Batch {
        inputs: Tensor::zeros([part.len(), 0]).into(),
        targets: part.batch_targets()?,
        mixed: None,
        places: None,
        weights: weights.map(|own| Tensor::from_fn(part.len(), |i| own[part.indices()[i]])),
    })
}

/// As many samples of a part, of which each class has as many as any other: its samples again and again.
fn balanced(part: &Part) -> Result<Part, TrainError> {
    let Some(labels) = part.data().targets().labels() else { return Ok(part.clone()) };
    let mut classes: Vec<Vec<usize>> =
        vec![Vec::new(); labels.iter().max().map_or(0, |last| last + 1)];
    for (position, &sample) in part.indices().iter().enumerate() {
        classes[labels[sample]].push(position);
    }
    classes.retain(|class| !class.is_empty());
    let each = part.len().div_ceil(classes.len().max(1));
    let drawn = classes.iter().flat_map(|class| class.iter().cycle().take(each));
    Ok(part.at(drawn.copied())?)
}

/// Rows that could be the best constant outputs for targets in the form of the loss.
fn constants(wanted: &Array, width: usize, weights: &[f64]) -> Vec<Vec<f32>> {
    let columns = columns(wanted, width);
    let each = |of: &dyn Fn(&[f32]) -> f64| -> Vec<f32> {
        columns.iter().map(|column| of(column) as f32).collect()
    };
    let mean = |column: &[f32]| mean(column, weights);
    let share = |column: &[f32]| mean(column).clamp(MARGIN, 1.0 - MARGIN);
    let mut rows = vec![
        each(&mean),
        each(&|column| median(column, weights)),
        each(&|column| share(column).ln()),
        each(&|column| (share(column) / (1.0 - share(column))).ln()),
        each(&|column| if mean(column) > 0.0 { 1.0 } else { -1.0 }),
        each(&|_| 0.0),
    ];
    // Losses that take a variance after each prediction.
    let variances = each(&|column| {
        let centre = mean(column);
        let squares: Vec<f32> =
            column.iter().map(|&x| (f64::from(x) - centre).powi(2) as f32).collect();
        mean(&squares)
    });
    rows.push([rows[0].clone(), variances].concat());
    rows.retain(|row| row.len() == width);
    rows
}

/// The numbers of each output's target; of class indices, 1 for the class of a sample and 0 for the others.
fn columns(wanted: &Array, width: usize) -> Vec<Vec<f32>> {
    let samples = wanted.dims().first().copied().unwrap_or(0).max(1);
    let numbers: Vec<f64> = wanted.numbers().collect();
    let given = numbers.len() / samples;
    match wanted.dims().len() == 1 && width > 1 {
        true => (0..width)
            .map(|class| numbers.iter().map(|&own| f32::from(own == class as f64)).collect())
            .collect(),
        false => (0..given)
            .map(|column| {
                numbers.iter().skip(column).step_by(given.max(1)).map(|&x| x as f32).collect()
            })
            .collect(),
    }
}

/// The mean of numbers by their weights; 0 if they weigh nothing.
fn mean(column: &[f32], weights: &[f64]) -> f64 {
    let pairs = column.iter().zip(weights);
    let [sum, weight] =
        pairs.fold([0.0, 0.0], |[sum, weight], (&x, own)| [sum + f64::from(x) * own, weight + own]);
    if weight > 0.0 { sum / weight } else { 0.0 }
}

/// The number up to which half of the weight is.
fn median(column: &[f32], weights: &[f64]) -> f64 {
    let mut sorted: Vec<(f32, f64)> = column.iter().copied().zip(weights.iter().copied()).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = weights.iter().sum::<f64>() / 2.0;
    let mut before = 0.0;
    let found = sorted.iter().find(|(_, weight)| {
        before += weight;
        before > half
    });
    found.or(sorted.last()).map_or(0.0, |&(x, _)| x.into())
}
