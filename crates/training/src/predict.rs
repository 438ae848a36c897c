//! Predictions of a model.

use crate::evaluate::samples_at_once;
use crate::task::{Decoded, Predictions};
use crate::{Model, Task, TrainError};
use relume_datasets::{Batches, Loader, Part, Targets};
use relume_layers::{LayerError, Mode, Network, Workspace};
use relume_tensor::{Array, Indices, Tensor, threads};

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
    let outputs = threads::run(|| Outputs::of(&mut network, task.as_ref(), inputs.into()))?;
    decode(task.as_ref(), outputs, None)
}

/// The predictions of a model for samples of a data set, with the true values. The samples are prepared as those that
/// the model was trained on ([`Model::prepare_inputs`]).
///
/// # Errors
/// A model without parameters, no samples, or samples that do not match the model.
pub fn predict_part(model: &Model, part: &Part) -> Result<Predictions, TrainError> {
    let mut network = model.in_use().ok_or(TrainError::NotBuilt)?;
    let task = Task::of_model(model)?;
    if part.is_empty() {
        return Err(TrainError::Empty(part.name().to_string()));
    }
    let part = &prepared(model, part)?;
    let (wanted, given) = (network.input(), part.data().sample_shape());
    if given != wanted {
        return Err(LayerError::Input { wanted, given }.into());
    }
    let mut loader = Loader::new(Batches::in_order(part.clone(), samples_at_once(&network)));
    let (mut raw, mut masked) = (Vec::new(), Vec::new());
    while let Some(batch) = loader.next() {
        let batch = batch?;
        let own = threads::run(|| Outputs::of(&mut network, task.as_ref(), batch.inputs.clone()))?;
        raw.push(own.raw);
        masked.push(own.masked);
        loader.recycle(batch);
    }
    let concat = |all: Vec<Tensor>| Tensor::concat(&all.iter().collect::<Vec<_>>(), 0);
    let outputs = Outputs { raw: concat(raw)?, masked: concat(masked)? };
    decode(task.as_ref(), outputs, truth(model, part)?.as_ref())
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
    let are_same = *model.numbers() == *data.targets().numbers() && data.labels() == model.labels();
    if are_same { Ok(Some(part.targets()?)) } else { Ok(None) }
}

/// A network's outputs, unchanged and as text: the outputs after a sequence's end are blank.
struct Outputs {
    raw: Tensor,
    masked: Tensor,
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
