//! The gradients of a network's loss against differences of the loss itself.

mod slopes;

use crate::facts::put;
use crate::prepared::Prepared;
use relume_autograd::Var;
use relume_datasets::{Batch, DataError, Part};
use relume_layers::{Mode, Network, ParameterId, Workspace};
use relume_tensor::{Array, Tensor};
use relume_training::{Model, Task, TrainError};
use serde::Serialize;
use slopes::Slope;

/// The difference that is allowed, as a share of the gradient.
pub const ALLOWED: f64 = 0.02;
/// The largest step, as a share of the root mean square of a parameter's numbers.
const STEP: f64 = 0.08;
/// The smallest step for numbers that are all near 0.
const LEAST_STEP: f64 = 0.004;
/// How many roundings of the values a difference may be off by.
const ROUNDINGS: f64 = 6.0;
/// The step by which the rounding of the values is found: the curvature within it is none.
const TINY: f64 = 1e-4;

/// How often a number that differs is looked at, and by how much nearer each time.
const TRIES: usize = 3;
const NEARER: f64 = 4.0;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GradcheckOptions {
    /// Samples in the batch, 2 at least.
    pub samples: usize,
    /// Numbers of each parameter that are checked: half of them those with the largest gradients, the others evenly
    /// spread.
    pub numbers: usize,
    /// Whether the gradient of the inputs is checked as well.
    pub inputs: bool,
}

impl Default for GradcheckOptions {
    fn default() -> Self {
        GradcheckOptions { samples: 4, numbers: 40, inputs: false }
    }
}

/// The gradients of a loss beside its differences.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gradcheck {
    /// Whether no gradient differs.
    pub passed: bool,
    /// Samples of the batch.
    pub samples: usize,
    /// The loss.
    pub loss: f64,
    /// The allowed difference, as a share of the gradient.
    pub allowed: f64,
    /// A row named `loss` for the loss by the network's outputs, one for each parameter, and one named `inputs`.
    pub rows: Vec<GradcheckRow>,
}

/// The gradients of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GradcheckRow {
    /// The parameter's name, or `loss` or `inputs`.
    pub name: String,
    /// How many numbers it has.
    pub numbers: usize,
    /// How many were compared.
    pub checked: usize,
    /// How many stand near a bend of the loss, such as that of relu, where there is no one slope.
    pub bends: usize,
    /// How many have a gradient that single precision cannot tell from its rounding.
    pub small: usize,
    /// How many differ by more than is allowed.
    pub differ: usize,
    /// The largest difference, as a share of the gradient.
    pub worst: Option<f64>,
    /// Where it is.
    pub index: Vec<usize>,
    /// The gradient there by the backward rules.
    pub tape: f64,
    /// The slope there by differences.
    pub difference: f64,
}

/// Where the loss is moved.
#[derive(Clone, Copy)]
enum Place {
    Parameter(ParameterId),
    Inputs,
    Outputs,
}

/// The loss of a batch as a function of the network's outputs, and these as a function of its numbers: in training
/// mode, with the same random numbers each time.
struct Loss<'a> {
    network: &'a Network,
    task: &'a Task,
    batch: &'a Batch,
    /// The gradient of the loss with respect to the outputs.
    towards: Tensor,
    /// The outputs.
    outputs: Tensor,
}

/// Compares the gradients of the loss that a model is trained with, on some samples of a part, with differences of that
/// loss: layers behave as in training, and what is random stays the same. The model is not changed.
///
/// By the chain rule, the gradient of the loss with respect to the outputs is compared first, and then that of the sum
/// of the outputs times this gradient: it is the gradient of the loss, and single precision rounds the outputs by far
/// less than the loss. A gradient passes within [`ALLOWED`] of the slope, or within the rounding, which is measured.
///
/// # Errors
/// Data that the model does not take; inputs that are indices, if these are to be checked.
pub fn gradcheck(
    model: &Model,
    part: &Part,
    options: &GradcheckOptions,
) -> Result<Gradcheck, TrainError> {
    let (own, part) = Prepared::of_part(model, part)?;
    let batch = own.batch(&part, options.samples.max(2))?;
    let mut passed = Passed::of(own.network()?, &own.task, &batch)?;
    passed.workspace.tape.backward(passed.loss)?;
    let outputs = passed.workspace.tape.get(passed.outputs)?.clone();
    let towards = passed.workspace.tape.take_gradient(passed.outputs);
    let towards = towards.unwrap_or_else(|| Tensor::zeros(outputs.shape()));
    let (network, task) = (own.network()?, &own.task);
    let loss = Loss { network, task, batch: &batch, towards: towards.clone(), outputs };
    let row = loss.row(Place::Outputs, &loss.outputs, Some(towards), options.numbers)?;
    let mut rows = vec![GradcheckRow { name: "loss".to_string(), ..row }];
    let trained = loss.network.parameters().iter().filter(|(_, own)| own.is_trained());
    for (id, parameter) in trained {
        let gradient = passed.workspace.take_gradient(id);
        let row = loss.row(Place::Parameter(id), &parameter.value, gradient, options.numbers)?;
        rows.push(GradcheckRow { name: parameter.name.clone(), ..row });
    }
    if options.inputs {
        let Array::Tensor(values) = &batch.inputs else {
            let problem = "the inputs are indices, which have no gradient";
            return Err(DataError::Options(problem.to_string()).into());
        };
        let gradient = passed.workspace.tape.take_gradient(passed.inputs);
        let row = loss.row(Place::Inputs, values, gradient, options.numbers)?;
        rows.push(GradcheckRow { name: "inputs".to_string(), ..row });
    }
    Ok(Gradcheck {
        passed: rows.iter().all(|row| row.differ == 0),
        samples: batch.samples(),
        loss: passed.value,
        allowed: ALLOWED,
        rows,
    })
}

/// A pass whose loss is on the tape.
struct Passed {
    workspace: Workspace,
    inputs: Var,
    outputs: Var,
    loss: Var,
    value: f64,
}

impl Passed {
    fn of(network: &Network, task: &Task, batch: &Batch) -> Result<Self, TrainError> {
        let mut workspace = Workspace::recording();
        workspace.tape.keep_all_gradients();
        let inputs = put(&mut workspace, &batch.inputs);
        let outputs = network.clone().forward(&mut workspace, inputs, Mode::Training)?;
        let loss = task.loss(&mut workspace, outputs, batch)?;
        let value = f64::from(workspace.tape.get(loss)?.sum());
        Ok(Passed { workspace, inputs, outputs, loss, value })
    }
}

impl Loss<'_> {
    /// The value where a place has other numbers: the loss by its outputs, or what the outputs add to it.
    fn value(&self, place: Place, values: &Tensor) -> Result<f64, TrainError> {
        let mut network = self.network.clone();
        let mut workspace = Workspace::inference();
        let mut inputs = self.batch.inputs.clone();
        match place {
            Place::Parameter(id) => {
                network.parameters_mut().get_mut(id).value = values.clone();
            }
            Place::Inputs => inputs = values.clone().into(),
            Place::Outputs => {}
        }
        let inputs = workspace.tape.constant(inputs);
        let outputs = network.forward(&mut workspace, inputs, Mode::Training)?;
        if let Place::Outputs = place {
            let outputs = workspace.tape.constant(values.clone());
            let loss = self.task.loss(&mut workspace, outputs, self.batch)?;
            return Ok(f64::from(workspace.tape.get(loss)?.sum()));
        }
        let outputs = workspace.tape.get(outputs)?;
        let pairs = outputs.data().iter().zip(self.towards.data());
        Ok(pairs.map(|(&y, &g)| f64::from(y) * f64::from(g)).sum())
    }

    /// The value where one number is moved by a step, and the step that single precision makes of it.
    fn moved(
        &self,
        place: Place,
        values: &Tensor,
        at: usize,
        step: f64,
    ) -> Result<(f64, f64), TrainError> {
        let mut values = values.clone();
        let before = values.data()[at];
        let after = (f64::from(before) + step) as f32;
        values.data_mut()[at] = after;
        let value = self.value(place, &values)?;
        Ok((value, f64::from(after) - f64::from(before)))
    }

    /// The gradients of one parameter beside its slopes.
    fn row(
        &self,
        place: Place,
        values: &Tensor,
        gradient: Option<Tensor>,
        most: usize,
    ) -> Result<GradcheckRow, TrainError> {
        let gradient = gradient.unwrap_or_else(|| Tensor::zeros(values.shape()));
        let size = (values.data().iter().map(|&x| f64::from(x).powi(2)).sum::<f64>()
            / values.count().max(1) as f64)
            .sqrt();
        let largest = (STEP * size).max(LEAST_STEP);
        let chosen = chosen(gradient.data(), most);
        let noise = self.noise(place, values, &chosen, TINY * largest / STEP)?;
        let mut row = GradcheckRow { numbers: values.count(), ..GradcheckRow::default() };
        for at in chosen {
            let own = f64::from(gradient.data()[at]);
            let (mut slope, mut largest) = (None, largest);
            // Bends on both sides may look like one slope: what differs must differ nearer, too.
            for _ in 0..TRIES {
                let near = |step| self.moved(place, values, at, step);
                let found = slope.insert(Slope::of(near, largest, noise, ALLOWED)?);
                if found.is_bent || found.agrees(own) {
                    break;
                }
                largest /= NEARER;
            }
            if let Some(slope) = slope {
                row.add(own, slope, || index(values.dims(), at));
            }
        }
        Ok(row)
    }

    /// By how much a value is rounded: how far it is from a line within a tiny step, and no less than its last digit.
    fn noise(
        &self,
        place: Place,
        values: &Tensor,
        chosen: &[usize],
        step: f64,
    ) -> Result<f64, TrainError> {
        let middle = self.value(place, values)?;
        let (mut sum, mut count) = (0.0, 0.0);
        for &at in chosen.iter().step_by(chosen.len().div_ceil(NOISE_PLACES).max(1)) {
            let (above, _) = self.moved(place, values, at, step)?;
            let (below, _) = self.moved(place, values, at, -step)?;
            sum += (above - 2.0 * middle + below).powi(2);
            count += 1.0;
        }
        // A second difference has the variance of six roundings.
        let found = (sum / (6.0_f64 * count).max(1.0)).sqrt();
        let size = match place {
            Place::Outputs => middle.abs(),
            Place::Parameter(_) | Place::Inputs => {
                let pairs = self.outputs.data().iter().zip(self.towards.data());
                pairs.map(|(&y, &g)| (f64::from(y) * f64::from(g)).powi(2)).sum::<f64>().sqrt()
            }
        };
        Ok(ROUNDINGS * found.max(0.5 * f64::from(f32::EPSILON) * size))
    }
}

/// Places at which the rounding of the values is looked at.
const NOISE_PLACES: usize = 8;

impl GradcheckRow {
    /// How many numbers were compared in earnest.
    pub fn compared(&self) -> usize {
        self.checked - self.bends - self.small
    }

    /// Counts a number with its gradient and its slope.
    fn add(&mut self, gradient: f64, slope: Slope, index: impl Fn() -> Vec<usize>) {
        self.checked += 1;
        if slope.is_bent {
            self.bends += 1;
            return;
        }
        let size = gradient.abs().max(slope.value.abs());
        let off = (gradient - slope.value).abs();
        let is_small = slope.rounding > ALLOWED * size;
        if !slope.agrees(gradient) {
            self.differ += 1;
        } else if is_small {
            self.small += 1;
            return;
        }
        let share = if size == 0.0 { 0.0 } else { off / size };
        if self.worst.is_none_or(|worst| share > worst) || share.is_nan() {
            self.worst = Some(share);
            self.index = index();
            (self.tape, self.difference) = (gradient, slope.value);
        }
    }
}

/// The index of a number along each axis, from its place in memory.
fn index(sizes: &[usize], mut at: usize) -> Vec<usize> {
    let mut index = vec![0; sizes.len()];
    for (own, &size) in index.iter_mut().zip(sizes).rev() {
        (*own, at) = (at % size.max(1), at / size.max(1));
    }
    index
}

/// The places of so many numbers: half of them those with the largest gradients, the others evenly spread.
fn chosen(gradients: &[f32], most: usize) -> Vec<usize> {
    if gradients.len() <= most {
        return (0..gradients.len()).collect();
    }
    let half = most.div_ceil(2).max(1);
    let mut largest: Vec<usize> = (0..gradients.len()).collect();
    let by_size = |&a: &usize, &b: &usize| gradients[b].abs().total_cmp(&gradients[a].abs());
    largest.select_nth_unstable_by(half - 1, by_size);
    let spread = (0..gradients.len()).step_by(gradients.len().div_ceil(half).max(1));
    let all: std::collections::BTreeSet<usize> =
        largest[..half].iter().copied().chain(spread).collect();
    all.into_iter().collect()
}
