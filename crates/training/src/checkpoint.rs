//! Saving a model to a file, and loading it.

mod network;
mod run;
mod watched;

use crate::best::BestState;
use crate::{InputPreparation, Model, RunStart, TrainError};
use network::SavedNetwork;
use relume_catalog::{skip_unknown, skipping_unknown};
use relume_datasets::{Preparation, Raw, TargetScaling};
use relume_layers::{Network, NetworkSpec, Parameters, Role};
use relume_optimizers::{Optimizer, OptimizerSpec, OptimizerState};
use relume_serialization::{
    Checkpoint, Generator, NamedTensor, OptimizerState as SavedOptimizer, RunState, TensorKind,
};
use relume_tensor::{Rng, Shape, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// The content of the file's text about the optimizer.
#[derive(Serialize, Deserialize)]
struct SavedRule {
    spec: OptimizerSpec,
    /// How many updates each parameter has had.
    steps: Vec<u64>,
    /// The same at the best epoch of an unfinished run that keeps its weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best_steps: Option<Vec<u64>>,
}

/// The key of the metadata that say what a run began with.
const START: &str = "run";

/// Saves a model with everything that is needed to continue: parameters, buffers, optimizer, place in the run,
/// generators.
///
/// # Errors
/// A model without parameters, or a file that cannot be written; an old file then stays.
pub fn save(model: &Model, path: &Path) -> Result<(), TrainError> {
    let checkpoint = checkpoint(model, path)?;
    Ok(relume_serialization::save(path, &checkpoint)?)
}

/// Saves a model in its run, with what the run began with, so that [`RunFile::load`] can hold both against what it is
/// to go on with.
pub(crate) fn save_run(model: &Model, start: &RunStart, path: &Path) -> Result<(), TrainError> {
    let mut checkpoint = checkpoint(model, path)?;
    let start = serde_json::to_string(start).map_err(|error| contents(path, error.to_string()))?;
    checkpoint.metadata.insert(START.to_string(), start);
    Ok(relume_serialization::save(path, &checkpoint)?)
}

/// A model in its run, as the file of `checkpoint=` holds it.
#[derive(Clone, Debug)]
pub struct RunFile {
    /// The model.
    pub model: Model,
    /// What the run began with; nothing in a file that [`save`] wrote.
    pub start: Option<RunStart>,
}

impl RunFile {
    /// Loads a model with what its run began with.
    ///
    /// # Errors
    /// Those of [`load`].
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        run_file(relume_serialization::load(path)?).map_err(|problem| contents(path, problem))
    }
}

/// Loads a model. [`Model::take_newer`] tells what was left out of a file of a newer minor version.
///
/// # Errors
/// A file that is damaged, of another kind, or whose contents contradict each other.
pub fn load(path: &Path) -> Result<Model, TrainError> {
    Ok(RunFile::load(path)?.model)
}

/// The bytes of the file that [`save`] writes.
pub(crate) fn to_bytes(model: &Model) -> Result<Vec<u8>, TrainError> {
    Ok(relume_serialization::to_bytes(&checkpoint(model, Path::new(""))?)?)
}

/// The model of which these are the bytes, in a place that is told of an error.
pub(crate) fn from_bytes(bytes: &[u8], place: &str) -> Result<Model, TrainError> {
    let file = relume_serialization::from_bytes(bytes).map_err(|error| error.to_string());
    let file = file.and_then(run_file);
    Ok(file.map_err(|problem| contents(Path::new(place), problem))?.model)
}

fn contents(path: &Path, problem: String) -> TrainError {
    TrainError::Contents { path: path.display().to_string(), problem: printable(&problem) }
}

/// A sentence with words from a file: control characters are escaped, and a long one is cut.
fn printable(text: &str) -> String {
    const MOST: usize = 1000;
    let mut rest = text.chars();
    let mut printable = String::new();
    for c in rest.by_ref().take(MOST) {
        match c.is_control() {
            true => printable.extend(c.escape_debug()),
            false => printable.push(c),
        }
    }
    if rest.next().is_some() {
        printable.push_str("...");
    }
    printable
}

fn checkpoint(model: &Model, path: &Path) -> Result<Checkpoint, TrainError> {
    let network = model.network().ok_or(TrainError::NotBuilt)?;
    let json = |result: Result<String, serde_json::Error>| {
        result.map_err(|error| contents(path, error.to_string()))
    };
    let saved = SavedNetwork {
        spec: network.spec().clone(),
        input: network.input().to_vec(),
        classes: model.classes.clone(),
        numbers: model.numbers.clone(),
        labels: model.labels.clone(),
        target_scaling: model.target_scaling.as_deref().cloned(),
        calibrated: model.calibrated,
    };
    let named = |prefix: &str, parameters: &Parameters| -> Vec<NamedTensor> {
        let named = parameters.iter().map(|(_, parameter)| NamedTensor {
            name: format!("{prefix}{}", parameter.name),
            kind: match parameter.role {
                Role::Trained => TensorKind::Parameter { trainable: !parameter.frozen },
                Role::Buffer => TensorKind::Buffer,
            },
            tensor: parameter.value.clone(),
        });
        named.collect()
    };
    let mut tensors = named("", network.parameters());
    if let Some(best) = &model.best_state {
        tensors.extend(named(BEST, &best.parameters));
    }
    let optimizer = match &model.optimizer {
        Some(optimizer) => {
            let OptimizerState { steps, mut slots } = optimizer.state();
            let best = model.best_state.as_ref().and_then(|best| best.optimizer.as_ref());
            let best = best.map(Optimizer::state);
            let named =
                |(name, own): &(String, Vec<Tensor>)| (format!("{BEST}{name}"), own.clone());
            slots.extend(best.iter().flat_map(|best| &best.slots).map(named));
            let best_steps = best.map(|best| best.steps);
            let rule = SavedRule { spec: optimizer.spec().clone(), steps, best_steps };
            Some(SavedOptimizer { spec: json(serde_json::to_string(&rule))?, slots })
        }
        None => None,
    };
    let preparation = model.preparation().map(serde_json::to_string).transpose();
    let preparation = preparation.map_err(|error| contents(path, error.to_string()))?;
    let state = network.rng().state().to_vec();
    Ok(Checkpoint {
        network: json(serde_json::to_string(&saved))?,
        tensors,
        optimizer,
        run: Some(RunState {
            epoch: model.run.epoch,
            batch: model.run.batch,
            step: model.run.step,
            seed: model.seed(),
            plan: json(serde_json::to_string(&model.run.plan))?,
            progress: json(serde_json::to_string(&run::Progress::of(&model.run)))?,
            generators: vec![Generator { name: "network".to_string(), state }],
            history: run::series(&model.run.history),
        }),
        preparation,
        metadata: BTreeMap::from([("relume".to_string(), env!("CARGO_PKG_VERSION").to_string())]),
        newer: None,
    })
}

/// Reads one of the file's texts; fields that are not known are noted where they may be left out.
fn parse<T: DeserializeOwned>(part: &str, text: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    read(part, &mut reader)
}

fn read<'de, T: Deserialize<'de>, R: serde_json::de::Read<'de>>(
    part: &str,
    reader: &mut serde_json::Deserializer<R>,
) -> Result<T, String> {
    // Where it may not be left out, it is what older files have beside what is read.
    let unknown = |path: serde_ignored::Path<'_>| {
        // Of a value that may be missing, the path has a sign of its own.
        skip_unknown(part, &path.to_string().replace("?.", ""));
    };
    let value = serde_ignored::deserialize(&mut *reader, unknown);
    let value = value.and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| format!("its {part} cannot be understood: {error}"))
}

/// The model in a file, and what its run began with. What only a newer Relume knows is left out of a file whose version
/// allows it.
fn run_file(mut file: Checkpoint) -> Result<RunFile, String> {
    let start = file.metadata.remove(START);
    let newer = file.newer.take();
    let read = || {
        let start = start.map(|text| parse("start", &text)).transpose()?;
        Ok::<_, String>(RunFile { model: model(file)?, start })
    };
    let Some(mut newer) = newer else { return read() };
    let (file, unknown) = skipping_unknown(read);
    newer.left_out.extend(unknown);
    let mut file = file?;
    file.model.newer = Some(newer);
    Ok(file)
}

fn model(file: Checkpoint) -> Result<Model, String> {
    let saved = network::read(&file.network)?;
    let input = Shape::new(&saved.input).map_err(|error| error.to_string())?;
    let seed = file.run.as_ref().map_or(0, |run| run.seed);
    let (best, tensors): (Vec<NamedTensor>, Vec<NamedTensor>) =
        file.tensors.into_iter().partition(|tensor| tensor.name.starts_with(BEST));
    let mut network = built(&saved.spec, input, seed, &tensors)?;
    let best = match best.is_empty() {
        true => None,
        false => Some(filled(&network, &best, BEST)?),
    };
    let parameters = filled(&network, &tensors, "")?;
    network.set_parameters(parameters).map_err(|error| error.to_string())?;
    let optimizers = file.optimizer.map(|saved| optimizers(saved, &network)).transpose()?;
    let (optimizer, of_best) = optimizers.map_or((None, None), |(own, best)| (Some(own), best));
    let mut model = Model::new(saved.spec, seed);
    if let Some(run) = &file.run {
        model.run = run::restored(run)?;
        let words = run.generators.iter().find(|g| g.name == "network").map(|g| g.state.as_slice());
        let state = words.and_then(|words| words.try_into().ok());
        network.set_rng(Rng::from_state(state.ok_or("its generator is missing")?));
    }
    let preparation = file.preparation.map(|text| parse::<Preparation>("preparation", &text));
    let mut preparation = preparation.transpose()?;
    preparation
        .as_ref()
        .map_or(Ok(()), Preparation::check)
        .map_err(|problem| format!("its preparation: {problem}"))?;
    model.labels = match preparation.as_mut().and_then(|preparation| preparation.raw.as_mut()) {
        Some(Raw::Sound(sound)) if saved.labels.is_empty() => std::mem::take(&mut sound.labels),
        _ => saved.labels,
    };
    model.inputs = match preparation {
        Some(preparation) => InputPreparation::Prepared(preparation),
        None if model.run.plan.is_some() => InputPreparation::Unprepared,
        None => InputPreparation::Open,
    };
    model.classes = saved.classes;
    model.target_scaling = scaling(saved.target_scaling, &saved.numbers)?;
    model.numbers = saved.numbers;
    saved.calibrated.as_ref().map_or(Ok(()), crate::Calibrated::check)?;
    model.calibrated = saved.calibrated;
    model.network = Some(network);
    model.trained_before = true;
    model.optimizer = optimizer;
    if of_best.is_some() && best.is_none() {
        return Err("it has the optimizer's state of a best epoch without its weights".to_string());
    }
    if best.is_some() && model.run.best.is_none() {
        return Err("it has the weights of a best epoch that its run does not have".to_string());
    }
    model.best_state = best.map(|parameters| BestState { parameters, optimizer: of_best });
    Ok(model)
}

/// The network of a specification with the file's tensors: shapes are compared before anything is allocated.
fn built(
    spec: &NetworkSpec,
    input: Shape,
    seed: u64,
    tensors: &[NamedTensor],
) -> Result<Network, String> {
    let by_name: HashMap<&str, &Tensor> =
        tensors.iter().map(|stored| (stored.name.as_str(), &stored.tensor)).collect();
    let stored = |name: &str| by_name.get(name).copied().cloned();
    Network::restore(spec, input, seed, &stored).map_err(|error| match error.help() {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    })
}

/// The scaling of predicted numbers, one for each.
fn scaling(
    saved: Option<TargetScaling>,
    numbers: &[String],
) -> Result<Option<Arc<TargetScaling>>, String> {
    let Some(scaling) = saved else { return Ok(None) };
    if [&scaling.mean, &scaling.deviation].iter().any(|own| own.len() != numbers.len()) {
        return Err("it does not scale as many numbers as it predicts".to_string());
    }
    let is_usable = |&deviation: &f64| deviation > 0.0 && deviation.is_finite();
    match scaling.mean.iter().all(|mean| mean.is_finite())
        && scaling.deviation.iter().all(is_usable)
    {
        true => Ok(Some(Arc::new(scaling))),
        false => Err("it scales a number by what is no deviation".to_string()),
    }
}

/// What stands before the names of the weights that an unfinished run keeps as the best, and of the slots of the
/// optimizer's state that belongs to them.
const BEST: &str = "best:";

/// A network's parameters with the file's tensors, by the names that follow the prefix.
fn filled(network: &Network, tensors: &[NamedTensor], prefix: &str) -> Result<Parameters, String> {
    let mut parameters = network.parameters().clone();
    if parameters.len() != tensors.len() {
        return Err(format!(
            "it holds {} tensors where {} are wanted",
            tensors.len(),
            parameters.len()
        ));
    }
    for NamedTensor { name, kind, tensor } in tensors {
        let own = name.strip_prefix(prefix).unwrap_or(name);
        let id =
            parameters.find(own).ok_or_else(|| format!("`{name}` has no place in the network"))?;
        let parameter = parameters.get_mut(id);
        if (parameter.role == Role::Buffer) != (*kind == TensorKind::Buffer) {
            return Err(format!("`{name}` is not of the kind that the network has there"));
        }
        parameter.value = tensor.clone();
        parameter.frozen = matches!(kind, TensorKind::Parameter { trainable: false });
    }
    Ok(parameters)
}

/// The optimizer, and the one of the best epoch if the run keeps its weights.
fn optimizers(
    saved: SavedOptimizer,
    network: &Network,
) -> Result<(Optimizer, Option<Optimizer>), String> {
    let SavedRule { spec, steps, best_steps } = parse("optimizer", &saved.spec)?;
    let (mut best, mut slots) = (Vec::new(), Vec::new());
    for (name, tensors) in saved.slots {
        match name.strip_prefix(BEST) {
            Some(own) => best.push((own.to_string(), tensors)),
            None => slots.push((name, tensors)),
        }
    }
    let shapes = network.parameters().shapes();
    let restored = |steps, slots| {
        let state = OptimizerState { steps, slots };
        Optimizer::from_state(spec.clone(), state, &shapes)
            .map_err(|error| format!("it cannot go on: {error}"))
    };
    if best_steps.is_none() && !best.is_empty() {
        return Err("it has the state of an optimizer without its steps".to_string());
    }
    let best = best_steps.map(|steps| restored(steps, best)).transpose()?;
    Ok((restored(steps, slots)?, best))
}
