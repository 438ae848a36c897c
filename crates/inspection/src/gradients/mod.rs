//! The gradients of a network's loss against differences of the loss itself.

mod slopes;

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
/// How many roundings of the loss a difference may be off by.
const ROUNDINGS: f64 = 8.0;
/// The step by which the rounding of the loss is found: the curvature within it is none.
const TINY: f64 = 1e-4;

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
    /// A row for each parameter, and one named `inputs`.
    pub rows: Vec<GradcheckRow>,
}

/// The gradients of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GradcheckRow {
    /// The parameter's name, or `inputs`.
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
}

/// The loss of a batch as a function of the network's numbers: in training mode, with the same random numbers each
/// time.
struct Loss<'a> {
    network: &'a Network,
    task: &'a Task,
    batch: &'a Batch,
}

/// Compares the gradients of the loss that a model is trained with, on some samples of a part, with differences of that
/// loss: layers behave as in training, and what is random stays the same. The model is not changed.
///
/// A gradient passes within [`ALLOWED`] of the slope, or within the rounding of the loss in single precision, which is
/// measured.
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
    let loss = Loss { network: own.network()?, task: &own.task, batch: &batch };
    let mut passed = loss.pass(None, true)?;
    passed.workspace.tape.backward(passed.loss)?;
    let mut rows = Vec::new();
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
    loss: Var,
    value: f64,
}

impl Loss<'_> {
    /// The loss with other numbers at a place; the tape records if there are none.
    fn pass(&self, moved: Option<(Place, &Tensor)>, records: bool) -> Result<Passed, TrainError> {
        let mut network = self.network.clone();
        let mut workspace = match records {
            true => Workspace::recording(),
            false => Workspace::inference(),
        };
        let mut inputs = self.batch.inputs.clone();
        match moved {
            Some((Place::Parameter(id), values)) => {
                network.parameters_mut().get_mut(id).value = values.clone();
            }
            Some((Place::Inputs, values)) => inputs = values.clone().into(),
            None => {}
        }
        let inputs = match inputs {
            Array::Tensor(values) if records => workspace.tape.variable(values),
            other => workspace.tape.constant(other),
        };
        let output = network.forward(&mut workspace, inputs, Mode::Training)?;
        let loss = self.task.loss(&mut workspace, output, self.batch)?;
        let value = f64::from(workspace.tape.get(loss)?.sum());
        Ok(Passed { workspace, inputs, loss, value })
    }

    /// The loss where one number is moved by a step, and the step that single precision makes of it.
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
        let value = self.pass(Some((place, &values)), false)?.value;
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
            let slope =
                Slope::of(|step| self.moved(place, values, at, step), largest, noise, ALLOWED)?;
            row.add(f64::from(gradient.data()[at]), slope, || index(values.dims(), at));
        }
        Ok(row)
    }

    /// By how much the loss is rounded: how far it is from a line within a tiny step.
    fn noise(
        &self,
        place: Place,
        values: &Tensor,
        chosen: &[usize],
        step: f64,
    ) -> Result<f64, TrainError> {
        let middle = self.pass(None, false)?.value;
        let (mut sum, mut count) = (0.0, 0.0);
        for &at in chosen.iter().step_by(chosen.len().div_ceil(NOISE_PLACES).max(1)) {
            let (above, _) = self.moved(place, values, at, step)?;
            let (below, _) = self.moved(place, values, at, -step)?;
            sum += (above - 2.0 * middle + below).powi(2);
            count += 1.0;
        }
        // A second difference has the variance of six roundings.
        let found = (sum / (6.0_f64 * count).max(1.0)).sqrt();
        Ok(ROUNDINGS * found.max(f64::from(f32::EPSILON) * middle.abs()))
    }
}

/// Places at which the rounding of the loss is looked at.
const NOISE_PLACES: usize = 8;

impl GradcheckRow {
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
        if !gradient.is_finite() || off > ALLOWED * size + slope.rounding {
            self.differ += 1;
        } else if is_small {
            self.small += 1;
            return;
        }
        let share = if size > 0.0 { off / size } else { 0.0 };
        if self.worst.is_none_or(|worst| share > worst) || !share.is_finite() {
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
