//! What a batch shows on its way through a network and back.

use super::counting::count_units;
use super::losses::{in_use, of_nothing, predicted};
use super::places::{Figures, passed, places};
use super::recurrent::{RecurrentFacts, recurrent};
use super::units::UnitFacts;
use super::weights::{Rank, parameters};
use crate::Histogram;
use crate::prepared::Prepared;
use crate::statistics::{Statistics, rms};
use relume_datasets::Part;
use relume_layers::{Mode, Workspace};
use relume_tensor::Array;
use relume_training::TrainError;
use serde::Serialize;

/// Bins of a place's histogram.
pub(crate) const BINS: usize = 40;
/// Samples whose gates are computed.
const RECURRENT_SAMPLES: usize = 64;

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

impl PassFacts {
    /// Passes a batch forward and backward through a clone, as in training, and once more as in inference; then more
    /// samples of the part, to count units.
    ///
    /// # Errors
    /// A batch that the network or the loss refuses, or too little memory for it.
    pub(crate) fn of(prepared: &Prepared, part: &Part, samples: usize) -> Result<Self, TrainError> {
        let batch = &prepared.batch(part, samples)?;
        let (network, task) = (prepared.network()?, &prepared.task);
        let mut own = network.clone();
        let mut workspace = Workspace::recording().watching();
        workspace.tape.keep_all_gradients();
        let x = put(&mut workspace, &batch.inputs);
        let y = own.forward(&mut workspace, x, Mode::Training)?;
        let loss = task.loss(&mut workspace, y, batch)?;
        workspace.tape.backward(loss)?;
        let tape = &workspace.tape;
        let stages = passed(&workspace);
        let (units, counted) = count_units(network, &stages, part, prepared.samples(None)?)?;
        let spec = network.spec();
        let gradients = stages.iter().map(|own| own.gradient().map(rms));
        let places = places(
            spec,
            &stages,
            Figures { units, gradients: gradients.collect(), most: usize::MAX },
        );
        let outputs = tape.get(y)?;
        let (loss_in_use, in_use) = in_use(network, task, batch)?;
        Ok(PassFacts {
            samples: batch.samples(),
            counted,
            input: Statistics::of(&batch.inputs.to_tensor()?),
            loss: tape.get(loss)?.sum(),
            loss_in_use,
            loss_of_nothing: of_nothing(task, batch, outputs, prepared.plan.loss.inner().expects()),
            places,
            parameters: parameters(network, &workspace, Rank::Exact, 1.0),
            recurrent: recurrent(spec, &stages, RECURRENT_SAMPLES)?,
            predicted: predicted(&in_use, part, batch),
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
