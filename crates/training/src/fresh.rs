//! A model as runs with other seeds begin it.

use crate::edit::stage_of_weight;
use crate::{Model, TrainError};
use relume_layers::{Network, Parameter, Parameters, Role, StateDict};
use relume_tensor::{Shape, Tensor};

impl Model {
    /// The model as a run with another seed begins it. Weights that are still those that its own seed gave are drawn
    /// anew; others, such as trained ones, those of another network and frozen ones, stay. The order of samples and
    /// what layers draw depend on the seed.
    ///
    /// # Errors
    /// The errors of the first building.
    pub fn with_seed(&self, seed: u64) -> Result<Model, TrainError> {
        self.seeded(seed, self.is_untouched()?)
    }

    /// As [`Model::with_seed`], where it is known whether it is untouched: finding out builds the network.
    fn seeded(&self, seed: u64, is_untouched: bool) -> Result<Model, TrainError> {
        let mut model = Model { seed, ..self.clone() };
        let Some(network) = &self.network else { return Ok(model) };
        let input = network.input();
        if is_untouched {
            model.network = None;
            model.build(input)?;
            return Ok(model);
        }
        let drawn = |seed: u64| Model { network: None, seed, ..self.clone() }.built_for(input);
        let Some(own) = &mut model.network else { return Ok(model) };
        let anew = drawn(seed)?;
        own.set_rng(anew.rng().clone());
        if self.run.step == 0 {
            redraw(own, &drawn(self.seed)?, &anew);
        }
        Ok(model)
    }

    /// Weights without those that its seed alone gave and that are not frozen: another network draws these anew.
    ///
    /// # Errors
    /// The errors of the first building.
    pub(crate) fn undrawn(&self, state: StateDict) -> Result<StateDict, TrainError> {
        let Some(network) = self.network.as_ref().filter(|_| self.run.step == 0) else {
            return Ok(state);
        };
        let drawn = Network::build(&self.spec, network.input(), self.seed)?;
        let mut own = StateDict::default();
        for parameter in state.iter() {
            let id = drawn.parameters().find(&parameter.name);
            let value = id.map(|id| &drawn.parameters().get(id).value);
            if parameter.frozen || !value.is_some_and(|value| is_same(value, &parameter.value)) {
                own.insert(parameter.clone());
            }
        }
        Ok(own)
    }

    /// Its network for an input.
    fn built_for(mut self, input: Shape) -> Result<Network, TrainError> {
        Ok(self.build(input)?.clone())
    }

    /// The model as a training with a seed begins it that starts again: one that was not trained by itself as
    /// [`Model::with_seed`] gives it. A trained one has fresh weights, but for the frozen ones, which training has left
    /// as they were given, and which stay frozen.
    ///
    /// # Errors
    /// Weights that were trained elsewhere before and then here: they are no longer what the training began with. The
    /// errors of the first building.
    pub fn starting_anew(&self, seed: u64) -> Result<Model, TrainError> {
        self.started(seed, self.is_untouched()?)
    }

    /// As [`Model::starting_anew`], where it is known whether it is untouched.
    pub(crate) fn started(&self, seed: u64, is_untouched: bool) -> Result<Model, TrainError> {
        let Some(network) = self.network.as_ref().filter(|_| self.run.step > 0) else {
            return self.seeded(seed, is_untouched);
        };
        let is_lost = |name: &String| {
            let own = network.parameters().find(name).map(|id| network.parameters().get(id));
            own.is_some_and(Parameter::is_trained)
        };
        if let Some(lost) = self.brought.iter().find(|name| is_lost(name)) {
            return Err(TrainError::Brought(lost.clone()));
        }
        let mut model = self.clone();
        model.reset(seed)?;
        model.keep_frozen(self, network);
        Ok(model)
    }

    /// Takes the frozen weights of a model over, and how the inputs are prepared that they were trained on.
    fn keep_frozen(&mut self, from: &Model, theirs: &Network) {
        let Some(own) = &mut self.network else { return };
        let mut stages = Vec::new();
        for (_, parameter) in own.parameters_mut().iter_mut() {
            let Some(id) = theirs.parameters().find(&parameter.name) else { continue };
            let frozen = theirs.parameters().get(id);
            if frozen.frozen {
                (parameter.value, parameter.frozen) = (frozen.value.clone(), true);
                stages.extend(stage_of_weight(&parameter.name));
            }
        }
        if own.parameters().iter().any(|(_, parameter)| parameter.frozen) {
            self.inputs = from.inputs.clone();
            self.trained_before = from.trained_before;
            self.taken_over = stages;
        }
    }

    /// Whether its weights are those that its seed and the networks that it was joined from gave, and are all trained.
    pub(crate) fn is_untouched(&self) -> Result<bool, TrainError> {
        let Some(network) = &self.network else { return Ok(true) };
        if self.run.step > 0 {
            return Ok(false);
        }
        let mut anew = Model { network: None, ..self.clone() };
        let anew = anew.build(network.input())?;
        Ok(are_same(anew.parameters(), network.parameters()))
    }

    /// Takes the weights over that stand at the same place in another network, in stages that are the same, and have
    /// the same shape: stages before them with other sizes draw another number of weights.
    pub(crate) fn share_start(&mut self, other: &Model) {
        let (Some(theirs), Some(own)) = (&other.network, &mut self.network) else { return };
        let is_same = |name: &str| {
            let stage: Option<usize> = name.split('.').next().and_then(|at| at.parse().ok());
            stage.is_some_and(|at| {
                let stages = (self.spec.layers.get(at), other.spec.layers.get(at));
                stages.0.is_some() && stages.0 == stages.1
            })
        };
        for (_, parameter) in own.parameters_mut().iter_mut() {
            if parameter.role == Role::Buffer || !is_same(&parameter.name) {
                continue;
            }
            if let Some(id) = theirs.parameters().find(&parameter.name) {
                let value = &theirs.parameters().get(id).value;
                if value.shape() == parameter.value.shape() {
                    parameter.value = value.clone();
                }
            }
        }
    }
}

/// Gives a network that was not trained, and that another seed than its own shall have, the weights of that seed, where
/// it has those of its own and they are not frozen.
fn redraw(network: &mut Network, drawn: &Network, anew: &Network) {
    for (_, parameter) in network.parameters_mut().iter_mut().filter(|(_, own)| own.is_trained()) {
        let value = |of: &Network| {
            of.parameters().find(&parameter.name).map(|id| of.parameters().get(id).value.clone())
        };
        let (Some(before), Some(value)) = (value(drawn), value(anew)) else { continue };
        if is_same(&parameter.value, &before) {
            parameter.value = value;
        }
    }
}

/// Whether two tensors are the same to the bit.
fn is_same(one: &Tensor, other: &Tensor) -> bool {
    let bits = |x: &Tensor| x.data().iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
    one.shape() == other.shape() && bits(one) == bits(other)
}

fn are_same(one: &Parameters, other: &Parameters) -> bool {
    let pairs = || one.iter().zip(other.iter());
    one.iter().count() == other.iter().count()
        && pairs().all(|((_, one), (_, other))| {
            one.frozen == other.frozen && is_same(&one.value, &other.value)
        })
}
