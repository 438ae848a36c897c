//! Predictions of a model.

use crate::batching::{Ranks, samples_at_once};
use crate::group::{Group, sent};
use crate::task::{Decoded, Predictions};
use crate::{Model, Task, TrainError};
use relume_datasets::{Batches, Loader, Part, Raw, Targets, text};
use relume_layers::{LayerError, Mode, Network, Workspace};
use relume_tensor::{Array, Indices, Tensor, threads};
use serde::{Deserialize, Serialize};

/// The predictions of a model for prepared inputs `[samples, ...]`.
///
/// # Errors
/// A model without parameters, no samples, or inputs of another shape.
pub fn predict(model: &Model, inputs: &Tensor) -> Result<Predictions, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    let task = Task::of_model(model)?;
    let (shape, wanted) = (inputs.shape(), network.input());
    if shape.rank() != wanted.rank() + 1 || shape.without_batch() != wanted {
        return Err(LayerError::Input { wanted, given: shape.without_batch() }.into());
    }
    if shape.count() == 0 {
        return Err(TrainError::Empty("the tensor".to_string()));
    }
    let passed = threads::run(|| Outputs::of_all(&mut network, task.as_ref(), inputs))?;
    let decoded = decode(task.as_ref(), passed, None)?;
    Ok(cut(decoded, lengths(model, inputs)))
}

/// The outputs of a network for inputs `[samples, ...]` of its shape, in inference. They pass in batches, so that
/// many samples take little more memory than their inputs and outputs do.
///
/// # Errors
/// Inputs that the network refuses.
pub fn outputs(network: &mut Network, inputs: &Tensor) -> Result<Tensor, TrainError> {
    Ok(Outputs::of_all(network, None, inputs)?.raw)
}

/// The predictions of a model for samples of a data set, with the true values. The samples are prepared as those that
/// the model was trained on ([`Model::prepare_inputs`]).
///
/// # Errors
/// A model without parameters, no samples, or samples that do not match the model.
pub fn predict_part(model: &Model, part: &Part) -> Result<Predictions, TrainError> {
    let task = Task::of_model(model)?;
    let mut all = Vec::new();
    let prepared = pass_batches(model, task.as_ref(), part, |_, outputs| {
        all.push(outputs);
        Ok::<(), TrainError>(())
    })?;
    let truth = truth(model, &prepared)?;
    let decoded = decode(task.as_ref(), Outputs::concat(all)?, truth.as_ref())?;
    Ok(completed(decoded, &prepared, truth.is_some()))
}

/// The predictions of a model for samples of a data set, batch by batch, as [`predict_part`] gives them at once:
/// `each` gets the samples of a batch, and their predictions.
///
/// # Errors
/// Those of [`predict_part`], and those of `each`, which end it.
pub fn predict_batches<E: From<TrainError>>(
    model: &Model,
    part: &Part,
    mut each: impl FnMut(&Part, Predictions) -> Result<(), E>,
) -> Result<(), E> {
    let task = Task::of_model(model)?;
    pass_batches(model, task.as_ref(), part, |batch, outputs| {
        let truth = truth(model, batch)?;
        let decoded = decode(task.as_ref(), outputs, truth.as_ref())?;
        each(batch, completed(decoded, batch, truth.is_some()))
    })?;
    Ok(())
}

/// Passes a part through in batches, and gives it as the model takes it.
pub(crate) fn pass_batches<E: From<TrainError>>(
    model: &Model,
    task: Option<&Task>,
    part: &Part,
    mut each: impl FnMut(&Part, Outputs) -> Result<(), E>,
) -> Result<Part, E> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    if part.is_empty() {
        return Err(TrainError::Empty(part.name().to_string()).into());
    }
    let part = prepared(model, part)?;
    let (wanted, given) = (network.input(), part.data().sample_shape());
    if given != wanted {
        return Err(TrainError::from(LayerError::Input { wanted, given }).into());
    }
    let size = samples_at_once(&mut network, part.len(), |count| first_of(&part, count))?;
    let group = Group::current();
    let ranks = Ranks::agreed(&group, part.len(), size)?;
    let size = ranks.size;
    let mut loader = Loader::new(Batches::in_order(own_part(&part, size, &group)?, size));
    let mut start = 0;
    while start < part.len() {
        let own = loader.next().transpose().map_err(TrainError::from).and_then(|batch| {
            let Some(batch) = batch else { return Ok(None) };
            let inputs = batch.inputs.clone();
            let passed = threads::run(|| Outputs::of(&mut network, task, inputs))?;
            loader.recycle(batch);
            Ok(Some(passed))
        });
        for passed in ranks.all(own)?.into_iter().flatten() {
            let end = (start + size).min(part.len());
            each(&part.slice(start, end).map_err(TrainError::from)?, passed)?;
            start = end;
        }
    }
    Ok(part)
}

/// The samples of this rank: of its turn's batch, of so many samples, in each round of as many batches as ranks.
fn own_part(part: &Part, size: usize, group: &Group) -> Result<Part, TrainError> {
    if !group.is_several() {
        return Ok(part.clone());
    }
    let is_own = |&place: &usize| (place / size) % group.size() == group.rank();
    let own: Vec<usize> = (0..part.len()).filter(is_own).collect();
    Ok(part.at(own)?)
}

/// The inputs of the first samples of a part.
pub(crate) fn first_of(part: &Part, count: usize) -> Result<Array, TrainError> {
    let batch = Batches::in_order(part.slice(0, count)?, count).next();
    let batch = batch.ok_or_else(|| TrainError::Empty(part.name().to_string()))??;
    Ok(batch.inputs)
}

/// A part as the model takes it. Targets that the model does not know stay unchanged, and are not shown.
fn prepared(model: &Model, part: &Part) -> Result<Part, TrainError> {
    let data = model.prepare_inputs(part.data())?.data;
    let data = data.matched_to(model.target_names()).unwrap_or(data);
    Ok(part.with_data(data)?)
}

/// The targets of a part in the model's order; `None` if the model does not predict them.
fn truth(model: &Model, part: &Part) -> Result<Option<Array>, TrainError> {
    let data = part.data();
    if data.targets().are_none() {
        return Ok(None);
    }
    if let Targets::Classes { names, labels } = data.targets() {
        let class = |name| model.classes().iter().position(|own| own == name);
        let Some(classes) = names.iter().map(class).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let class = |&sample: &usize| classes.get(*labels.get(sample)?).copied();
        let truth: Option<Vec<_>> = part.indices().iter().map(class).collect();
        let truth = truth.map(|truth| Indices::vector(&truth)).transpose()?;
        return Ok(truth.map(Array::from));
    }
    if let Targets::Places(places) = data.targets() {
        let is_known = *model.classes() == *places.names;
        return Ok(if is_known { Some(part.targets()?) } else { None });
    }
    let are_same = *model.numbers() == *data.targets().numbers() && data.labels() == model.labels();
    if are_same { Ok(Some(part.targets()?)) } else { Ok(None) }
}

/// The decoded outputs with the numbers to predict of a part in their own units, and with the places of its texts
/// alone.
fn completed(mut predictions: Predictions, part: &Part, is_known: bool) -> Predictions {
    if let (Decoded::Numbers(numbers), true) = (&mut predictions.decoded, is_known) {
        numbers.truth = part.numbers().or(numbers.truth.take());
    }
    cut(predictions, part.text_lengths())
}

/// The lengths of texts as a model takes them, `[samples, length]`; `None` if it takes other samples.
fn lengths(model: &Model, inputs: &Tensor) -> Option<Vec<usize>> {
    let Some(Raw::Text(_)) = &model.preparation()?.raw else { return None };
    let rows = inputs.data().chunks_exact(inputs.shape().tail(1).count().max(1));
    Some(rows.map(|row| text::unpadded(row.iter().map(|&index| index as u32))).collect())
}

/// The predictions without the places after the end of each text.
fn cut(mut predictions: Predictions, lengths: Option<Vec<usize>>) -> Predictions {
    if let (Decoded::Places(places), Some(lengths)) = (&mut predictions.decoded, lengths) {
        places.cut(&lengths);
    }
    predictions
}

/// A network's outputs, unchanged and as text: the outputs after a sequence's end are blank.
#[derive(Serialize, Deserialize)]
pub(crate) struct Outputs {
    #[serde(with = "sent")]
    pub raw: Tensor,
    #[serde(with = "sent")]
    pub masked: Tensor,
}

impl Outputs {
    fn of(network: &mut Network, task: Option<&Task>, inputs: Array) -> Result<Self, TrainError> {
        let mut workspace = Workspace::inference();
        let x = workspace.tape.constant(inputs);
        let y = network.forward(&mut workspace, x, Mode::Inference)?;
        let raw = workspace.tape.value(y).clone();
        let masked = task.map_or_else(|| raw.clone(), |task| task.outputs(&workspace, y));
        Ok(Outputs { raw, masked })
    }

    fn of_all(
        network: &mut Network,
        task: Option<&Task>,
        inputs: &Tensor,
    ) -> Result<Self, TrainError> {
        let count = inputs.dims().first().copied().unwrap_or(1);
        let size = samples_at_once(network, count, |count| Ok(inputs.slice(0, 0, count)?.into()))?;
        if count <= size {
            return Self::of(network, task, inputs.into());
        }
        let batch = |start: usize| {
            let inputs = inputs.slice(0, start, (start + size).min(count))?;
            Self::of(network, task, inputs.into())
        };
        Self::concat((0..count).step_by(size).map(batch).collect::<Result<_, _>>()?)
    }

    fn concat(all: Vec<Outputs>) -> Result<Self, TrainError> {
        let (raw, masked): (Vec<Tensor>, Vec<Tensor>) =
            all.into_iter().map(|outputs| (outputs.raw, outputs.masked)).unzip();
        let concat = |all: Vec<Tensor>| Tensor::concat(&all.iter().collect::<Vec<_>>(), 0);
        Ok(Outputs { raw: concat(raw)?, masked: concat(masked)? })
    }
}

fn decode(
    task: Option<&Task>,
    outputs: Outputs,
    targets: Option<&Array>,
) -> Result<Predictions, TrainError> {
    let Outputs { raw, masked } = outputs;
    match task {
        Some(task) => Ok(Predictions { outputs: raw, ..task.decode(masked, targets)? }),
        None => Ok(Predictions { outputs: raw, decoded: Decoded::Outputs }),
    }
}
