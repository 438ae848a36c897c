//! The samples that a model finds hardest.

use crate::predict::{Outputs, pass_batches};
use crate::step::ForwardPass;
use crate::task::loss_for_data;
use crate::{Model, Predictions, Task, TrainError, predict_part};
use relume_datasets::{Batches, Part};
use relume_layers::{Mode, Network, Workspace};
use relume_losses::LossSpec;
use relume_tensor::{Array, threads};
use serde::Serialize;

/// A sample and its loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HardSample {
    /// Its position in the part.
    pub index: usize,
    /// Its loss by itself; times the weight of its class, if the loss has these.
    pub loss: f32,
}

/// The loss of a sample, and its part in the mean of several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleLoss {
    /// As it is shown: times the weight of its class, as with PyTorch's reduction="none".
    pub loss: f32,
    /// What it adds to the sum over samples.
    pub sum: f64,
    /// What it adds to the divisor of the mean.
    pub weight: f64,
}

impl SampleLoss {
    /// It in a mean in which its sample weighs so much.
    fn weighing(self, weight: f64) -> Self {
        SampleLoss { sum: self.sum * weight, weight: self.weight * weight, ..self }
    }
}

/// The samples of a part with the greatest losses.
#[derive(Clone, Debug)]
pub struct Hardest {
    /// The part's name: `digits.test`.
    pub data: String,
    /// How many samples it has.
    pub samples: usize,
    /// The mean of all losses, weighted as in training: by the samples' and the classes' weights.
    pub mean: f64,
    /// The samples, the hardest first.
    pub hardest: Vec<HardSample>,
    /// What the model says of them, in the same order.
    pub predictions: Predictions,
}

/// The `count` samples of a part with the greatest losses: those that were labelled wrongly, and those from which a
/// model could still learn. They are prepared as those that it was trained on ([`Model::prepare`]). `goes_on` is called
/// with the number of finished samples, and returns whether to continue.
///
/// # Errors
/// A model without parameters, no samples, samples that do not match it, or [`TrainError::Interrupted`].
pub fn hardest(
    model: &Model,
    part: &Part,
    loss: &LossSpec,
    count: usize,
    goes_on: &(dyn Fn(usize) -> bool + Sync),
) -> Result<Hardest, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    if part.is_empty() {
        return Err(TrainError::Empty(part.name().to_string()));
    }
    let (part, _) = model.prepare_part(part)?;
    let loss = loss_for_data(loss, part.data()).into_owned();
    let task = Task::new(&network, part.data(), &loss)?;
    let all = threads::run(|| match task.takes_lengths() {
        true => one_by_one(&task, &mut network, &part, goes_on),
        false => in_batches(&task, model, &part, goes_on),
    })?;
    let weight: f64 = all.iter().map(|own| own.weight).sum();
    let sum: f64 = all.iter().map(|own| own.sum).sum();
    // Samples of no weight at all have no loss.
    let mean = if weight > 0.0 { sum / weight } else { 0.0 };
    let losses: Vec<f32> = all.iter().map(|own| own.loss).collect();
    let mut order: Vec<usize> = (0..losses.len()).collect();
    // A loss that is no number is the worst of all; of equal ones the first sample comes first.
    let rank = |at: usize| if losses[at].is_nan() { f32::INFINITY } else { losses[at] };
    order.sort_by(|&a, &b| rank(b).total_cmp(&rank(a)).then(a.cmp(&b)));
    order.truncate(count);
    let hard = part.at(order.iter().copied())?;
    let predictions = predict_part(model, &hard)?;
    let hardest = order.iter().map(|&index| HardSample { index, loss: losses[index] }).collect();
    let data = part.name().to_string();
    Ok(Hardest { data, samples: losses.len(), mean, hardest, predictions })
}

/// The losses of samples that pass in batches.
fn in_batches(
    task: &Task,
    model: &Model,
    part: &Part,
    goes_on: &(dyn Fn(usize) -> bool + Sync),
) -> Result<Vec<SampleLoss>, TrainError> {
    let mut losses = Vec::with_capacity(part.len());
    let weights = part.data().weights();
    let weight = |at: usize| {
        let index = part.indices().get(at);
        weights.zip(index).map_or(1.0, |(weights, &index)| f64::from(weights[index]))
    };
    pass_batches(model, None, part, |batch, Outputs { raw, .. }| {
        if !goes_on(losses.len()) {
            return Err(TrainError::Interrupted);
        }
        let targets = batch.batch_targets()?;
        for sample in 0..batch.len() {
            let target = row(&targets, sample)?;
            let loss = task.sample_loss(raw.slice(0, sample, sample + 1)?, &target)?;
            losses.push(loss.weighing(weight(losses.len())));
        }
        Ok::<(), TrainError>(())
    })?;
    Ok(losses)
}

/// The targets of one sample.
fn row(targets: &Array, sample: usize) -> Result<Array, TrainError> {
    Ok(match targets {
        Array::Tensor(numbers) => numbers.slice(0, sample, sample + 1)?.into(),
        Array::Indices(indices) => indices.slice(0, sample, sample + 1)?.into(),
    })
}

/// The losses of samples that pass one by one: each sequence has its own length.
fn one_by_one(
    task: &Task,
    network: &mut Network,
    part: &Part,
    goes_on: &(dyn Fn(usize) -> bool + Sync),
) -> Result<Vec<SampleLoss>, TrainError> {
    let mut workspace = Workspace::inference();
    let mut losses = Vec::with_capacity(part.len());
    for batch in Batches::in_order(part.clone(), 1) {
        if !goes_on(losses.len()) {
            return Err(TrainError::Interrupted);
        }
        let pass = ForwardPass::run(task, network, &mut workspace, &batch?, Mode::Inference)?;
        let ForwardPass { value: loss, weight, .. } = pass;
        losses.push(SampleLoss { loss, sum: f64::from(loss) * weight, weight });
    }
    Ok(losses)
}
