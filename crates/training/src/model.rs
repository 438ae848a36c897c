//! A model: a network with its optimizer and its place in a run.

use crate::{EpochRecord, History, Plan, TrainError};
use relume_datasets::{Dataset, Preparation, Targets};
use relume_layers::{Network, NetworkSpec};
use relume_optimizers::Optimizer;
use relume_tensor::{Shape, Tensor};
use serde::{Deserialize, Serialize};

/// Where a model stands in its run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Epochs finished over the model's whole life.
    pub epoch: u64,
    /// Batches finished of the epoch after these.
    pub batch: u64,
    /// Steps over the model's whole life.
    pub step: u64,
    /// The plan that is under way, or was the last.
    pub plan: Option<Plan>,
    /// Finished epochs at which that plan began.
    pub began: u64,
    /// Sums over the batches of an unfinished epoch: loss, metric, samples.
    pub sums: [f64; 3],
    /// How the run went.
    pub history: History,
}

impl Run {
    /// Epochs of the plan that are still to do.
    pub fn remaining(&self) -> u64 {
        let planned = self.plan.as_ref().map_or(0, |plan| plan.epochs);
        self.began.saturating_add(planned).saturating_sub(self.epoch)
    }

    /// The finished epochs of the plan.
    pub(crate) fn own_epochs(&self) -> impl Iterator<Item = &EpochRecord> {
        self.history.epochs.iter().filter(|record| record.epoch > self.began)
    }
}

/// A network, with all that training it needs. Clones share their numbers until one of them changes.
#[derive(Clone, Debug)]
pub struct Model {
    spec: NetworkSpec,
    seed: u64,
    pub(crate) network: Option<Network>,
    pub(crate) optimizer: Option<Optimizer>,
    pub(crate) run: Run,
    pub(crate) classes: Vec<String>,
    pub(crate) numbers: Vec<String>,
    pub(crate) preparation: Option<Preparation>,
}

impl Model {
    /// A model of a network that has no parameters yet; the seed is for all that is random about it.
    pub fn new(spec: NetworkSpec, seed: u64) -> Self {
        Model {
            spec,
            seed,
            network: None,
            optimizer: None,
            run: Run::default(),
            classes: Vec::new(),
            numbers: Vec::new(),
            preparation: None,
        }
    }

    /// A model of a network that has parameters already.
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

    /// The network as it is in use, once it has parameters: with the moving average of its weights where the optimizer keeps one.
    pub fn in_use(&self) -> Option<Network> {
        self.network.as_ref().map(|network| averaged(network, self.optimizer.as_ref()))
    }

    /// The optimizer, once there was a step.
    pub fn optimizer(&self) -> Option<&Optimizer> {
        self.optimizer.as_ref()
    }

    /// Where it stands in its run.
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

    /// What is done to raw inputs before it sees them.
    pub fn preparation(&self) -> Option<&Preparation> {
        self.preparation.as_ref()
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

    /// Gives the network parameters for samples of this shape, if it has none yet.
    ///
    /// # Errors
    /// A layer that cannot take what comes, or a network that was built for another shape.
    pub fn build(&mut self, input: Shape) -> Result<&mut Network, TrainError> {
        if let Some(network) = &self.network
            && network.input() != input
        {
            let wanted = network.input();
            return Err(relume_layers::LayerError::Input { wanted, given: input }.into());
        }
        let network = match self.network.take() {
            Some(network) => network,
            None => Network::build(&self.spec, input, self.seed)?,
        };
        Ok(self.network.insert(network))
    }

    /// Gives the network parameters if its input is in its specification.
    ///
    /// # Errors
    /// A layer that cannot take what comes.
    pub fn build_if_known(&mut self) -> Result<(), TrainError> {
        if let Some(input) = self.spec.input_shape()? {
            self.build(input)?;
        }
        Ok(())
    }

    /// Begins anew: fresh parameters for the same shape, no optimizer, no history.
    ///
    /// # Errors
    /// None that the first building would not have had.
    pub fn reset(&mut self, seed: u64) -> Result<(), TrainError> {
        let input = self.network.as_ref().map(Network::input);
        *self = Model::new(self.spec.clone(), seed);
        match input {
            Some(input) => self.build(input).map(|_| ()),
            None => self.build_if_known(),
        }
    }

    /// Remembers what the data are like, for predictions on raw inputs.
    pub(crate) fn remember(&mut self, data: &Dataset) {
        (self.classes, self.numbers) = match data.targets() {
            Targets::Classes { names, .. } => (names.clone(), Vec::new()),
            Targets::Values { names, .. } => (Vec::new(), names.clone()),
        };
        self.preparation = data.preparation_in_use();
    }
}

/// A network that shares all numbers with `network`, but for those whose moving average the optimizer keeps.
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
