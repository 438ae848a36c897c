//! A model as runs with other seeds begin it.

use crate::{Model, TrainError};
use relume_layers::{Network, Parameters, Role};

impl Model {
    /// The model as a run with another seed begins it. Weights that are still those that its own seed gave are drawn
    /// anew; others, such as trained ones, those of another network and frozen ones, stay. The order of samples and
    /// what layers draw depend on the seed.
    ///
    /// # Errors
    /// The errors of the first building.
    pub fn with_seed(&self, seed: u64) -> Result<Model, TrainError> {
        let is_untouched = self.is_untouched()?;
        let mut model = Model { seed, ..self.clone() };
        let Some(network) = &self.network else { return Ok(model) };
        let input = network.input();
        if is_untouched {
            model.network = None;
            model.build(input)?;
        } else if let Some(own) = &mut model.network {
            own.set_rng(Network::build(&self.spec, input, seed)?.rng().clone());
        }
        Ok(model)
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

fn are_same(one: &Parameters, other: &Parameters) -> bool {
    let pairs = || one.iter().zip(other.iter());
    one.iter().count() == other.iter().count()
        && pairs().all(|((_, one), (_, other))| {
            let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
            one.frozen == other.frozen
                && one.value.shape() == other.value.shape()
                && bits(one.value.data()) == bits(other.value.data())
        })
}
