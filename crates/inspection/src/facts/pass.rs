//! What a batch shows on its way through a network and back.

use super::counting::{count_units, units_of};
use super::recurrent::RecurrentFacts;
use super::units::UnitFacts;
use crate::Histogram;
use crate::prepared::Prepared;
use crate::statistics::{Statistics, dot, rms, sum_of_squares};
use relume_activations::ActivationSpec;
use relume_datasets::{Batch, Part};
use relume_layers::{
    Mode, Network, NetworkSpec, Parameter, Stage, Watch, Watched, WatchedKind, Workspace,
};
use relume_losses::Expects;
use relume_tensor::{Array, Tensor};
use relume_training::{Plan, Task, TrainError};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// Bins of a place's histogram.
pub(crate) const BINS: usize = 40;
/// Numbers by which most rows are told apart.
const BEGINNING: usize = 4;
/// Steps of the power method.
const POWER_STEPS: usize = 30;

/// What a batch showed.
#[derive(Clone, Debug)]
pub struct PassFacts {
    /// Samples of the batch.
    pub samples: usize,
    /// Samples over which units were counted.
    pub counted: usize,
    /// The samples themselves.
    pub input: Statistics,
    /// The loss, as in training.
    pub loss: f32,
    /// The loss of the same samples, as in inference.
    pub loss_in_use: f32,
    /// The loss of outputs that say nothing: logits of 0, or probabilities that are all the same. `None` if it is not
    /// finite.
    pub loss_of_nothing: Option<f32>,
    /// Every stage and part of one, in the order in which they ran.
    pub places: Vec<PlaceFacts>,
    /// The parameters that are trained.
    pub parameters: Vec<ParameterFacts>,
    /// The recurrent layers.
    pub recurrent: Vec<RecurrentFacts>,
    /// The share of samples for which each class is predicted, and their true shares; empty without classes.
    pub predicted: Vec<[f64; 2]>,
}

/// One stage, or a part of one.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceFacts {
    /// Its path.
    pub path: String,
    /// What stands there.
    pub stage: String,
    /// Its outputs.
    #[serde(flatten)]
    pub output: Statistics,
    /// How they are distributed.
    pub histogram: Histogram,
    /// The root mean square of the loss's gradient with respect to them; `None` if none flows.
    pub gradient: Option<f32>,
    /// Its units, for activation functions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<UnitFacts>,
}

impl PlaceFacts {
    /// How many stages it is inside of.
    pub fn depth(&self) -> usize {
        self.path.matches('.').count()
    }
}

/// One trained parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterFacts {
    /// Its name.
    pub name: String,
    /// The root mean square of its numbers.
    pub size: f32,
    /// The root mean square of its gradient; `None` if no gradient reaches it.
    pub gradient: Option<f32>,
    /// Its rows: of a weight, one for each output.
    pub rows: usize,
    /// How many of its rows are equal to another, in their numbers and in their gradient.
    pub equal_rows: usize,
    /// ||W||_F^2 / ||W||_2^2 of a weight as a matrix: 1 if all rows are multiples of one.
    pub stable_rank: Option<f32>,
}

impl ParameterFacts {
    /// Whether it is the weight of a dense layer or a convolution, rather than a bias, a scale or a table of words.
    pub fn is_matrix(&self) -> bool {
        self.stable_rank.is_some()
    }

    /// Whether it is a weight that is still 0 and learns: it stops signals and gradients until its first step.
    pub fn is_shut(&self) -> bool {
        let learns = self.gradient.is_some_and(|gradient| gradient > 0.0);
        self.name.ends_with("weight") && self.size == 0.0 && learns
    }

    /// The path of the stage that it belongs to.
    pub fn stage(&self) -> &str {
        self.name.rsplit_once('.').map_or("", |(stage, _)| stage)
    }
}

/// A batch that is passed through a network, and how closely it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub network: &'a Network,
    pub task: &'a Task,
    pub plan: &'a Plan,
    /// The part that the batch is of.
    pub part: &'a Part,
    pub batch: &'a Batch,
    /// Over how many samples of the part at once its units are counted; without, over those of the batch alone.
    pub counted: Option<usize>,
    /// Steps of the power method for the largest singular value of weights.
    pub power_steps: usize,
}

impl PassFacts {
    /// Passes a batch forward and backward through a clone, as in training, and once more as in inference; then more
    /// samples of the part, to count units.
    ///
    /// # Errors
    /// A batch that the network or the loss refuses, or too little memory for it.
    pub(crate) fn of(prepared: &Prepared, part: &Part, samples: usize) -> Result<Self, TrainError> {
        let batch = prepared.batch(part, samples)?;
        Self::looked(Look {
            network: prepared.network()?,
            task: &prepared.task,
            plan: &prepared.plan,
            part,
            batch: &batch,
            counted: Some(prepared.samples(None)?),
            power_steps: POWER_STEPS,
        })
    }

    /// The same of any network, with its choices.
    ///
    /// # Errors
    /// As [`PassFacts::of`].
    pub(crate) fn looked(look: Look<'_>) -> Result<Self, TrainError> {
        let Look { network, task, plan, part, batch, .. } = look;
        let mut own = network.clone();
        let mut workspace = Workspace::recording().watching();
        workspace.tape.keep_all_gradients();
        let x = put(&mut workspace, &batch.inputs);
        let y = own.forward(&mut workspace, x, Mode::Training)?;
        let loss = task.loss(&mut workspace, y, batch)?;
        workspace.tape.backward(loss)?;
        let tape = &workspace.tape;
        let seen = workspace.watch().map_or(&[][..], Watch::seen);
        let (units, counted) = match look.counted {
            Some(at_once) => count_units(network, seen, part, at_once)?,
            None => (units_of(network, &workspace, seen)?, batch.samples()),
        };
        let places = places(network.spec(), &workspace, seen, units);
        let recurrent = seen.iter().filter_map(|watched| match &watched.kind {
            WatchedKind::Recurrent(kind) => {
                Some(RecurrentFacts::of(tape, network.spec(), watched, kind))
            }
            _ => None,
        });
        let (loss_in_use, predicted) = in_use(network, task, part, batch)?;
        let loss_of_nothing = of_nothing(task, batch, tape.get(y)?, plan.loss.inner().expects());
        Ok(PassFacts {
            samples: batch.samples(),
            counted,
            input: Statistics::of(&batch.inputs.to_tensor()?),
            loss: tape.get(loss)?.sum(),
            loss_in_use,
            loss_of_nothing,
            places,
            parameters: parameters(network, &workspace, look.power_steps),
            recurrent: recurrent.collect::<Result<_, _>>()?,
            predicted,
        })
    }

    /// The place of a path.
    pub fn place(&self, path: &str) -> Option<&PlaceFacts> {
        self.places.iter().find(|place| place.path == path)
    }
}

/// Inputs on the tape, with a gradient if they can have one.
pub(crate) fn put(workspace: &mut Workspace, inputs: &Array) -> relume_autograd::Var {
    match inputs {
        Array::Tensor(values) => workspace.tape.variable(values.clone()),
        Array::Indices(indices) => workspace.tape.constant(indices.clone()),
    }
}

/// The activation function of a place, if it is one.
pub(super) fn activation(spec: &NetworkSpec, watched: &Watched) -> Option<ActivationSpec> {
    match &watched.kind {
        WatchedKind::Activation(activation) => Some(activation.clone()),
        WatchedKind::Stage => {
            let stage = spec.place(&watched.path).and_then(|place| spec.part(&place)).ok()?;
            match stage.layers.into_iter().next() {
                Some(Stage::Activation(activation)) => Some(activation),
                _ => None,
            }
        }
        WatchedKind::Part(_) | WatchedKind::Recurrent(_) => None,
    }
}

/// What stands at a place, as text.
fn text(spec: &NetworkSpec, watched: &Watched) -> String {
    match &watched.kind {
        WatchedKind::Activation(activation) => Stage::from(activation.clone()).label(),
        WatchedKind::Part(name) => (*name).to_string(),
        WatchedKind::Recurrent(part) => match part.gates {
            1 => "rnn".to_string(),
            3 => "gru".to_string(),
            _ => "lstm".to_string(),
        },
        WatchedKind::Stage => {
            let stage = spec.place(&watched.path).and_then(|place| spec.part(&place));
            let stage = stage.ok().and_then(|own| own.layers.into_iter().next());
            stage.map_or_else(String::new, |stage| stage.label())
        }
    }
}

/// The axis of the units of each place: features are last, channels of images and lines second.
pub(crate) fn unit_axes(spec: &NetworkSpec, workspace: &Workspace, seen: &[Watched]) -> Vec<usize> {
    let mut is_line = false;
    let axis = |watched: &Watched| {
        // An activation may have any name.
        let stage =
            activation(spec, watched).map_or_else(|| text(spec, watched), |_| String::new());
        if stage.starts_with("conv") {
            is_line = true;
        } else if stage.starts_with("dense") || matches!(watched.kind, WatchedKind::Recurrent(_)) {
            is_line = false;
        } else if stage.starts_with("permute") {
            is_line = !is_line;
        }
        match workspace.tape.get(watched.output).map_or(0, Tensor::rank) {
            3 if !is_line => 2,
            _ => 1,
        }
    };
    seen.iter().map(axis).collect()
}

fn places(
    spec: &NetworkSpec,
    workspace: &Workspace,
    seen: &[Watched],
    units: Vec<Option<UnitFacts>>,
) -> Vec<PlaceFacts> {
    let place = |(watched, units): (&Watched, Option<UnitFacts>)| {
        let values = workspace.tape.get(watched.output).ok()?;
        Some(PlaceFacts {
            path: watched.path.clone(),
            stage: text(spec, watched),
            output: Statistics::of(values),
            histogram: Histogram::of(values, BINS),
            gradient: workspace.tape.gradient(watched.output).map(rms),
            units,
        })
    };
    seen.iter().zip(units).filter_map(place).collect()
}

/// The loss of outputs that say nothing about a batch, if it is finite.
fn of_nothing(task: &Task, batch: &Batch, outputs: &Tensor, expects: Expects) -> Option<f32> {
    let classes = outputs.dims().last().copied().unwrap_or(1).max(2) as f32;
    let same = match expects {
        Expects::Probabilities => 1.0 / classes,
        Expects::LogProbabilities => -classes.ln(),
        _ => 0.0,
    };
    let mut workspace = Workspace::inference();
    let y = workspace.tape.constant(Tensor::full(outputs.shape(), same));
    let loss = task.loss(&mut workspace, y, batch).ok()?;
    let loss = workspace.tape.get(loss).ok()?.sum();
    loss.is_finite().then_some(loss)
}

/// The loss of a batch in inference, and how often each class is predicted and true.
fn in_use(
    network: &Network,
    task: &Task,
    part: &Part,
    batch: &Batch,
) -> Result<(f32, Vec<[f64; 2]>), TrainError> {
    let mut workspace = Workspace::inference();
    let x = workspace.tape.constant(batch.inputs.clone());
    let y = network.clone().forward(&mut workspace, x, Mode::Inference)?;
    let loss = task.loss(&mut workspace, y, batch)?;
    let loss = workspace.tape.get(loss)?.sum();
    let classes = part.data().classes().map_or(0, <[String]>::len);
    let outputs = workspace.tape.get(y)?;
    if outputs.rank() != 2 || outputs.dims()[1] != classes || classes < 2 {
        return Ok((loss, Vec::new()));
    }
    let mut shares = vec![[0.0; 2]; classes];
    let each = 1.0 / batch.samples().max(1) as f64;
    for (row, class) in outputs.data().chunks_exact(classes).zip(batch.targets.numbers()) {
        let best = (0..classes).fold(0, |best, at| if row[at] > row[best] { at } else { best });
        shares[best][0] += each;
        if let Some(share) = shares.get_mut(class as usize) {
            share[1] += each;
        }
    }
    Ok((loss, shares))
}

fn parameters(network: &Network, workspace: &Workspace, power_steps: usize) -> Vec<ParameterFacts> {
    let trained = network.parameters().iter().filter(|(_, parameter)| parameter.is_trained());
    trained
        .map(|(id, parameter)| {
            let gradient = workspace.variable(id).and_then(|own| workspace.tape.gradient(own));
            ParameterFacts {
                name: parameter.name.clone(),
                size: rms(&parameter.value),
                gradient: gradient.map(rms),
                rows: parameter.value.dims().first().copied().unwrap_or(0),
                equal_rows: equal_rows(parameter, gradient),
                stable_rank: stable_rank(network.spec(), parameter, power_steps),
            }
        })
        .collect()
}

/// How many rows of a weight are equal to another, in their numbers and in their gradient.
fn equal_rows(parameter: &Parameter, gradient: Option<&Tensor>) -> usize {
    let rows = match parameter.value.rank() {
        0 | 1 => return 0,
        _ => parameter.value.dims()[0],
    };
    let width = parameter.value.shape().tail(1).count().max(1);
    let bits = |values: &Tensor, row: usize| -> Vec<u32> {
        let values = values.data().get(row * width..(row + 1) * width).unwrap_or_default();
        values.iter().map(|&x| (x + 0.0).to_bits()).collect()
    };
    // Rows are rarely equal: of most weights, no two rows begin with the same numbers.
    let values = parameter.value.data();
    let beginning = |row: usize| {
        let own = &values[row * width..(row + 1) * width];
        own.iter().take(BEGINNING).map(|&x| (x + 0.0).to_bits()).collect::<Vec<u32>>()
    };
    if (0..rows).map(beginning).collect::<HashSet<_>>().len() == rows {
        return 0;
    }
    let mut times = HashMap::new();
    for row in 0..rows {
        let gradient = gradient.map(|own| bits(own, row));
        *times.entry((bits(&parameter.value, row), gradient)).or_insert(0) += 1;
    }
    times.values().filter(|&&times| times > 1).sum()
}

/// ||W||_F^2 / ||W||_2^2, the norm by some steps of the power method; `None` for what is no weight of a product.
fn stable_rank(spec: &NetworkSpec, parameter: &Parameter, steps: usize) -> Option<f32> {
    let is_table = parameter.name.rsplit_once('.').is_some_and(|(path, _)| {
        let stage = spec.place(path).and_then(|place| spec.part(&place));
        stage.is_ok_and(|own| own.layers[0].entry().name.starts_with("embedding"))
    });
    if parameter.value.rank() < 2 || !parameter.name.contains("weight") || is_table {
        return None;
    }
    let width = parameter.value.shape().tail(1).count().max(1);
    let rows: Vec<&[f32]> = parameter.value.data().chunks_exact(width).collect();
    let square = sum_of_squares(parameter.value.data());
    if square == 0.0 || !square.is_finite() {
        return Some(0.0);
    }
    let mut v: Vec<f64> = (0..width).map(|i| 1.0 + (i as f64 * 0.7).sin()).collect();
    let mut largest = 0.0;
    for _ in 0..steps {
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        v.iter_mut().for_each(|x| *x /= norm);
        let product: Vec<f64> = rows.iter().map(|row| dot(row, &v)).collect();
        largest = product.iter().map(|x| x * x).sum::<f64>();
        if largest == 0.0 {
            return Some(0.0);
        }
        v.fill(0.0);
        for (row, y) in rows.iter().zip(&product) {
            v.iter_mut().zip(*row).for_each(|(x, &w)| *x += f64::from(w) * y);
        }
    }
    Some((square / largest) as f32)
}
