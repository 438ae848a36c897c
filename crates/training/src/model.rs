//! A model: a network with its optimizer and its place in a run.

use crate::best::BestState;
use crate::edit::stage_of_weight;
use crate::{Calibrated, EpochRecord, History, InputPreparation, Plan, TrainError, task};
use relume_datasets::{Dataset, Preparation, TargetScaling};
use relume_layers::{Network, NetworkSpec, ShapeMismatch, StateDict};
use relume_losses::LossSpec;
use relume_optimizers::Optimizer;
use relume_serialization::Newer;
use relume_tensor::{Precision, Shape, Tensor};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The place of a model in its run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Epochs finished over the model's whole life.
    pub epoch: u64,
    /// Batches of the unfinished epoch that are done.
    pub batch: u64,
    /// Steps over the model's whole life.
    pub step: u64,
    /// The current plan, or the last one.
    pub plan: Option<Plan>,
    /// Finished epochs when that plan began.
    pub began: u64,
    /// Sums over the batches of an unfinished epoch: loss, metric, samples.
    pub sums: [f64; 3],
    /// How the run went.
    pub history: History,
    /// The best epoch of the plan so far, if the plan keeps the best weights.
    pub best: Option<BestEpoch>,
    /// Whether the plan came to its end: all of its epochs are done, or it stopped early.
    pub ended: bool,
}

/// The epoch of a plan whose monitored figure was best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestEpoch {
    /// The epoch, counted from 1 over the model's whole life.
    pub epoch: u64,
    /// The figure.
    pub value: f64,
}

impl Run {
    /// The finished epochs of the plan, counted.
    pub(crate) fn done(&self) -> u64 {
        self.epoch.saturating_sub(self.began)
    }

    /// Epochs of the plan that remain.
    pub fn remaining(&self) -> u64 {
        let planned = self.plan.as_ref().map_or(0, |plan| plan.epochs);
        self.began.saturating_add(planned).saturating_sub(self.epoch)
    }

    /// Whether it is in the middle of a plan, or of one that differs in what is only looked at.
    pub(crate) fn is_within(&self, plan: &Plan) -> bool {
        self.plan.as_ref().is_some_and(|own| own.is_same_run(plan)) && self.is_unfinished()
    }

    /// Whether its plan has not come to its end.
    pub fn is_unfinished(&self) -> bool {
        !self.ended && self.remaining() > 0
    }

    /// The finished epochs of the plan.
    pub(crate) fn own_epochs(&self) -> impl Iterator<Item = &EpochRecord> {
        self.history.epochs.iter().filter(|record| record.epoch > self.began)
    }
}

/// The weights that networks bring along into another one.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// Parameters and buffers, by their paths in the other network.
    pub state: StateDict,
    /// Whether some of them were trained, or come from a file.
    pub trained: bool,
    /// The input shape for which the first stage's were made, if they are among them.
    pub input: Option<Shape>,
    /// How the first stage's inputs are prepared, where it is among them. What the targets are called stays with the
    /// other network.
    pub preparation: InputPreparation,
}

impl Weights {
    /// Adds the weights of later stages.
    pub fn merge(&mut self, others: Weights) {
        self.state.merge(others.state);
        self.trained |= others.trained;
    }
}

/// A network with everything that its training needs. Clones share their numbers until one of them changes.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) spec: NetworkSpec,
    pub(crate) seed: u64,
    pub(crate) network: Option<Network>,
    pub(crate) optimizer: Option<Optimizer>,
    pub(crate) run: Run,
    pub(crate) classes: Vec<String>,
    pub(crate) numbers: Vec<String>,
    pub(crate) labels: Vec<String>,
    /// How numbers to predict are scaled for the loss.
    pub(crate) target_scaling: Option<Arc<TargetScaling>>,
    pub(crate) inputs: InputPreparation,
    pub(crate) calibrated: Option<Calibrated>,
    /// Weights that are taken over when the network is built.
    pub(crate) given: Option<StateDict>,
    /// Stages whose own weight was replaced.
    pub(crate) taken_over: Vec<usize>,
    /// The parameters that began with weights trained elsewhere, once it was trained itself.
    pub(crate) brought: Vec<String>,
    /// Given weights that do not fit the network, until they have been reported.
    pub(crate) mismatched: Vec<ShapeMismatch>,
    /// Whether weights were trained before, or come from a file.
    pub(crate) trained_before: bool,
    /// The weights of the best epoch of an unfinished plan that keeps them, with the optimizer's state.
    pub(crate) best_state: Option<BestState>,
    /// The network as it broke in the last training, if that diverged.
    pub(crate) wreck: Option<Box<Network>>,
    /// What was left out of its file, until that has been reported.
    pub(crate) newer: Option<Newer>,
}

impl Model {
    /// A model of a network that has no parameters yet; all its random numbers depend on the seed.
    pub fn new(spec: NetworkSpec, seed: u64) -> Self {
        Model {
            spec,
            seed,
            network: None,
            optimizer: None,
            run: Run::default(),
            classes: Vec::new(),
            numbers: Vec::new(),
            labels: Vec::new(),
            target_scaling: None,
            inputs: InputPreparation::Open,
            calibrated: None,
            given: None,
            taken_over: Vec::new(),
            brought: Vec::new(),
            mismatched: Vec::new(),
            trained_before: false,
            best_state: None,
            newer: None,
            wreck: None,
        }
    }

    /// A model of a network whose parts bring weights along. It is built if its input is in the specification, or else
    /// for the input that the weights were made for, where its layers can take it. Weights whose shape does not fit
    /// start fresh: [`Model::take_mismatched`] tells which. Inputs are prepared as the weights know them; targets are
    /// those of the data that it is trained on.
    ///
    /// # Errors
    /// A layer that cannot take the input in the specification.
    pub fn with_weights(
        spec: NetworkSpec,
        seed: u64,
        weights: Weights,
    ) -> Result<Self, TrainError> {
        let mut model = Self::new(spec, seed);
        model.given = Some(weights.state).filter(|state| !state.is_empty());
        model.trained_before = weights.trained;
        model.inputs = weights.preparation;
        if model.spec.layers.is_empty() {
            return Ok(model);
        }
        match (model.spec.input_shape()?, weights.input) {
            (Some(input), _) => {
                model.build(input)?;
            }
            (None, Some(input)) if model.spec.shapes(input).is_ok() => {
                model.build(input)?;
            }
            _ => {}
        }
        Ok(model)
    }

    /// A model of a network that already has parameters.
    pub fn from_network(network: Network, seed: u64) -> Self {
        Model { network: Some(network.clone()), ..Self::new(network.spec().clone(), seed) }
    }

    /// The network as data.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The network, once it has parameters.
    pub fn network(&self) -> Option<&Network> {
        self.network.as_ref()
    }

    /// The network for writing, once it has parameters.
    pub fn network_mut(&mut self) -> Option<&mut Network> {
        self.network.as_mut()
    }

    /// The network for inference, once it has parameters: with the moving average of its weights if the optimizer keeps
    /// one.
    pub fn in_use(&self) -> Option<Network> {
        self.network.as_ref().map(|network| averaged(network, self.optimizer.as_ref()))
    }

    /// The model with the network as it broke, if the last training diverged; it has no optimizer's state.
    pub fn wreck(&self) -> Option<Model> {
        let network = self.wreck.as_deref()?.clone();
        Some(Model { network: Some(network), optimizer: None, wreck: None, ..self.clone() })
    }

    /// Whether some of its weights were trained, here or in a network that they come from, or come from a file.
    pub fn is_trained(&self) -> bool {
        self.run.step > 0 || self.trained_before
    }

    /// Whether it was joined from networks that brought their weights along.
    pub fn has_given_weights(&self) -> bool {
        self.given.is_some()
    }

    /// Its parameters and buffers by path; before it is built, those that come from other networks.
    pub fn state(&self) -> StateDict {
        match &self.network {
            Some(network) => network.state(),
            None => self.given.clone().unwrap_or_default(),
        }
    }

    /// What it brings along into another network: its weights for inference, without the optimizer's state.
    pub fn weights(&self) -> Weights {
        Weights {
            state: self.in_use().map_or_else(|| self.state(), |network| network.state()),
            trained: self.is_trained(),
            input: self.network.as_ref().map(Network::input),
            preparation: self.inputs.clone(),
        }
    }

    /// A copy whose weights, as they are in use, are stored in another element type: [`Network::to_precision`] says
    /// what that means. It has no optimizer's state: training it begins with a new optimizer, in f32.
    ///
    /// # Errors
    /// A model without parameters, or a weight that f16 cannot hold.
    pub fn to_precision(&self, precision: Precision) -> Result<Model, TrainError> {
        let network = self.in_use().ok_or(TrainError::NotBuilt)?.to_precision(precision)?;
        Ok(Model { network: Some(network), optimizer: None, ..self.clone() })
    }

    /// The given weights that did not fit when the network was built and therefore started fresh; returned once.
    pub fn take_mismatched(&mut self) -> Vec<ShapeMismatch> {
        std::mem::take(&mut self.mismatched)
    }

    /// What this Relume does not know of the file that the model comes from, if a newer one wrote it; returned once.
    pub fn take_newer(&mut self) -> Option<Newer> {
        self.newer.take()
    }

    /// Initialises the weights that use data, except those from other networks.
    pub(crate) fn start_from_data(&mut self, batch: &Tensor) -> Result<(), TrainError> {
        let Model { network, taken_over, .. } = self;
        let network = network.as_mut().ok_or(TrainError::NotBuilt)?;
        Ok(network.start_stages_from_data(batch, |stage| !taken_over.contains(&stage))?)
    }

    /// Freezes or unfreezes the parameters of one stage; before the network is built, those that come from other
    /// networks.
    pub fn set_frozen(&mut self, stage: usize, frozen: bool) {
        match (&mut self.network, &mut self.given) {
            (Some(network), _) => network.set_frozen(stage, frozen),
            (None, Some(state)) => state.set_frozen(stage, frozen),
            (None, None) => {}
        }
    }

    /// The optimizer, after the first step.
    pub fn optimizer(&self) -> Option<&Optimizer> {
        self.optimizer.as_ref()
    }

    /// Its place in its run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The classes' names that it was trained on.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The names of the numbers that it was trained to predict.
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }

    /// The labels from 1 on of the strings that it was trained to predict.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The preparation of its raw inputs.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.inputs.preparation()
    }

    /// A prepared sample in the shape that the network takes: a row of as many numbers may stand for an image.
    ///
    /// # Errors
    /// A model without parameters, or a sample of another shape.
    pub fn shaped(&self, sample: Tensor) -> Result<Tensor, TrainError> {
        let input = self.network.as_ref().ok_or(TrainError::NotBuilt)?.input();
        match sample.count() == input.count() && sample.shape().rank() == 1 {
            true => Ok(sample.reshape(input)?),
            false if sample.shape() == input => Ok(sample),
            false => {
                let given = sample.shape();
                Err(relume_layers::LayerError::Input { wanted: input, given }.into())
            }
        }
    }

    /// The loss that it was trained with; for a model that was not trained, the default for the data.
    pub fn loss_for(&self, data: &Dataset) -> LossSpec {
        let trained = self.run.plan.as_ref().map(|plan| plan.loss.clone());
        trained.unwrap_or_else(|| task::default_loss(data))
    }

    /// Gives the network parameters for samples of this shape, if it has none yet. A network with weights from others
    /// that has not been trained since, and whose input is not in its specification, is built again for another shape.
    ///
    /// # Errors
    /// A layer that cannot take its input, or a network that was built for another shape.
    pub fn build(&mut self, input: Shape) -> Result<&mut Network, TrainError> {
        let built = match self.network.take() {
            Some(network) if network.input() == input => network,
            Some(network) if !self.is_adaptable() => {
                let wanted = network.input();
                self.network = Some(network);
                return Err(relume_layers::LayerError::Input { wanted, given: input }.into());
            }
            Some(network) => match self.built(input, Some(&network)) {
                Ok(anew) => anew,
                Err(error) => {
                    self.network = Some(network);
                    return Err(error);
                }
            },
            None => self.built(input, None)?,
        };
        Ok(self.network.insert(built))
    }

    /// Whether the network may be built again for another input.
    pub(crate) fn is_adaptable(&self) -> bool {
        self.given.is_some() && self.run.step == 0 && self.spec.input.is_none()
    }

    /// The network for samples of this shape, with the weights that were given, in their current state in the network
    /// built `before`.
    fn built(&mut self, input: Shape, before: Option<&Network>) -> Result<Network, TrainError> {
        let mut network = Network::build(&self.spec, input, self.seed)?;
        if let Some(given) = &self.given {
            let mut state = given.clone();
            if let Some(before) = before {
                state.merge(before.state());
            }
            let report = network.load_state(&state);
            self.taken_over = report.loaded.iter().filter_map(|n| stage_of_weight(n)).collect();
            self.mismatched = report.mismatched;
        }
        Ok(network)
    }

    /// Gives the network parameters if its input is in its specification.
    ///
    /// # Errors
    /// A layer that cannot take its input.
    pub fn build_if_known(&mut self) -> Result<(), TrainError> {
        if let Some(input) = self.spec.input_shape()? {
            self.build(input)?;
        }
        Ok(())
    }

    /// Starts again: fresh parameters for the same shape, no optimizer, no history.
    ///
    /// # Errors
    /// The errors of the first building.
    pub fn reset(&mut self, seed: u64) -> Result<(), TrainError> {
        let input = self.network.as_ref().map(Network::input);
        *self = Model::new(self.spec.clone(), seed);
        match input {
            Some(input) => self.build(input).map(|_| ()),
            None => self.build_if_known(),
        }
    }

    /// Remembers the properties of the data, for predictions on raw inputs.
    pub(crate) fn remember(&mut self, data: &Dataset) {
        self.classes = data.classes().unwrap_or_default().to_vec();
        self.numbers = data.targets().numbers().into_owned();
        self.labels = data.labels().to_vec();
        self.target_scaling = data.target_scaling().cloned();
        self.take_preparation(data);
        if let Some(given) = self.given.take().filter(|_| self.trained_before) {
            self.brought = given.iter().map(|parameter| parameter.name.clone()).collect();
        }
    }
}

/// A network that shares all numbers with `network`, except those with a moving average.
pub(crate) fn averaged(network: &Network, optimizer: Option<&Optimizer>) -> Network {
    let mut network = network.clone();
    if let Some(optimizer) = optimizer {
        for (id, parameter) in network.parameters_mut().iter_mut() {
            let average = optimizer.average(id.index());
            if let Some(average) = average.filter(|mean| mean.shape() == parameter.value.shape()) {
                parameter.value = average.clone();
            }
        }
    }
    network
}
