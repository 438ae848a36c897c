//! Changing a built network: stages replaced, parameters set; all else stays to the bit.

use crate::place::Renaming;
use crate::state::{fits, shared_places};
use crate::{LayerError, Network, NetworkSpec, ShapeMismatch, Stage, StagePlace, StateDict};
use relume_tensor::{Precision, Tensor};
use std::collections::BTreeMap;

/// Stages that come into a network in the place of others.
#[derive(Clone, Debug, Default)]
pub struct Replacement {
    /// The stages.
    pub stages: Vec<Stage>,
    /// Weights that they bring along, by their paths where these stages are a network of their own.
    pub state: StateDict,
}

impl From<NetworkSpec> for Replacement {
    /// Stages without weights.
    fn from(spec: NetworkSpec) -> Self {
        Replacement { stages: spec.layers, state: StateDict::default() }
    }
}

/// Where a parameter or buffer has its numbers from after a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the parameter of this index in the network before.
    Kept(usize),
    /// From the weights that the new stages brought along.
    Given,
    /// It starts fresh.
    Fresh,
}

/// A network in which stages were replaced.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The network.
    pub network: Network,
    /// Where each of its parameters and buffers has its numbers from, in their order.
    pub origins: Vec<Origin>,
    /// Parameters and buffers that start fresh because their shape has changed.
    pub mismatched: Vec<ShapeMismatch>,
}

impl StagePlace {
    fn renaming(&self, spec: &NetworkSpec, inserted: usize) -> Result<Renaming, LayerError> {
        Ok(Renaming { prefix: self.prefix(spec)?, range: self.range(), inserted })
    }
}

impl Replacement {
    /// The weights under the names that they have in the network with these stages in their place.
    fn placed(&self, prefix: &str, start: usize) -> StateDict {
        self.state.clone().shifted(start).under(prefix.trim_end_matches('.'))
    }
}

impl StateDict {
    /// The parameters and buffers of a network of this specification, under their names after a replacement of stages,
    /// with those of the new stages.
    ///
    /// # Errors
    /// A place that the network does not have.
    pub fn replaced(
        self,
        spec: &NetworkSpec,
        place: &StagePlace,
        with: &Replacement,
    ) -> Result<StateDict, LayerError> {
        let renaming = place.renaming(spec, with.stages.len())?;
        let mut state = self.at_all_places(spec).renamed(|name| renaming.renamed(name));
        state.merge(with.placed(&renaming.prefix, renaming.range.start));
        Ok(state)
    }
}

impl Network {
    /// This network with other stages in a place. Weights, buffers and frozen marks of all other stages stay, wherever
    /// their shapes do; so does the generator of random layers. What has no weights starts as in a network that is
    /// built with `seed`.
    ///
    /// # Errors
    /// A place that the network does not have, no stage left, or shapes that do not follow one another.
    pub fn replaced(
        &self,
        place: &StagePlace,
        with: &Replacement,
        seed: u64,
    ) -> Result<Replaced, LayerError> {
        let spec = self.spec().replaced(place, &with.stages)?;
        let mut network = Network::build(&spec, self.input(), seed)?;
        network.set_rng(self.rng().clone());
        let renaming = place.renaming(self.spec(), with.stages.len())?;
        let kept = self.names_after(&renaming);
        let given = with.placed(&renaming.prefix, renaming.range.start);
        let (mut origins, mut mismatched) = (Vec::new(), Vec::new());
        let before: Vec<_> = self.parameters().iter().map(|(_, parameter)| parameter).collect();
        for (_, own) in network.parameters_mut().iter_mut() {
            let source = match (kept.get(&own.name), given.get(&own.name)) {
                (Some(&index), _) => Some((Origin::Kept(index), before[index])),
                (None, given) => given.map(|given| (Origin::Given, given)),
            };
            origins.push(match source {
                Some((origin, source)) if fits(own, source) => {
                    own.value = source.value.clone();
                    own.frozen = source.frozen;
                    origin
                }
                Some((_, source)) => {
                    mismatched.push(ShapeMismatch {
                        name: own.name.clone(),
                        expected: own.value.shape(),
                        given: source.value.shape(),
                    });
                    Origin::Fresh
                }
                None => Origin::Fresh,
            });
        }
        Ok(Replaced { network, origins, mismatched })
    }

    /// The names of parameters after a replacement, with their indices before it; those of shared layers in all of
    /// their places.
    fn names_after(&self, renaming: &Renaming) -> BTreeMap<String, usize> {
        let shared = shared_places(self.spec());
        let mut names = BTreeMap::new();
        for (id, parameter) in self.parameters().iter() {
            let own = parameter.name.as_str();
            let others = shared.iter().filter_map(|(here, first)| {
                own.strip_prefix(first.as_str()).map(|rest| format!("{here}{rest}"))
            });
            for name in std::iter::once(own.to_string()).chain(others) {
                if let Some(name) = renaming.renamed(&name) {
                    names.entry(name).or_insert(id.index());
                }
            }
        }
        names
    }

    /// Gives a parameter or buffer other numbers of the same shape. They are stored in its precision; its frozen mark
    /// stays.
    ///
    /// # Errors
    /// A name that the network does not have, another shape, or a number that f16 cannot hold: nothing has changed
    /// then.
    pub fn set_parameter(&mut self, name: &str, value: &Tensor) -> Result<(), LayerError> {
        let unknown = || LayerError::UnknownParameter(name.to_string());
        let id = self.parameters().find(name).ok_or_else(unknown)?;
        let parameter = self.parameters_mut().get_mut(id);
        parameter.set(value)
    }
}

impl crate::Parameter {
    /// Gives it other numbers of the same shape, stored in its precision.
    ///
    /// # Errors
    /// Another shape, or a number that f16 cannot hold: nothing has changed then.
    pub fn set(&mut self, value: &Tensor) -> Result<(), LayerError> {
        let (expected, given) = (self.value.shape(), value.shape());
        if expected != given {
            return Err(LayerError::ParameterShape { name: self.name.clone(), expected, given });
        }
        let precision = self.value.precision();
        if precision == Precision::F16 {
            self.refuse_beyond_f16(value)?;
        }
        self.value = value.to_precision(precision);
        Ok(())
    }

    /// Refuses numbers that f16 cannot hold.
    pub(crate) fn refuse_beyond_f16(&self, value: &Tensor) -> Result<(), LayerError> {
        const BEYOND_F16: f32 = 65520.0;
        // Of a clone, so that reading does not widen the tensor itself.
        let value = value.clone();
        match value.data().iter().find(|x| x.is_finite() && x.abs() >= BEYOND_F16) {
            Some(x) => Err(LayerError::Parameters(format!(
                "`{}` holds {x}, which f16 cannot: take bf16, which has the range of f32",
                self.name
            ))),
            None => Ok(()),
        }
    }
}
