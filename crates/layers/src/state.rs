//! The parameters and buffers of a network by path, separate from the network: for loading into another one.

use crate::{LayerError, LayerSpec, Network, NetworkSpec, Parameter, Stage, StagePlace};
use relume_tensor::Shape;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Parameters and buffers by path, such as `0.weight` or `2.body.1.running_mean`: values, roles and frozen marks.
///
/// A path begins with the index of its stage; [`StateDict::shifted`], [`StateDict::under`] and [`StateDict::stages`]
/// rename the tensors for stages at another place in another network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateDict {
    entries: BTreeMap<String, Parameter>,
}

/// A tensor of another shape than the parameter of its path.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeMismatch {
    /// The path.
    pub name: String,
    /// The shape of the network's own parameter.
    pub expected: Shape,
    /// The shape of the tensor that was given.
    pub given: Shape,
}

impl fmt::Display for ShapeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ShapeMismatch { name, expected, given } = self;
        write!(
            f,
            "{name} starts fresh: it is of shape {expected} here, and {given} where it comes from"
        )
    }
}

/// The result of loading a [`StateDict`] into a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StateReport {
    /// Parameters and buffers that now have the given values.
    pub loaded: Vec<String>,
    /// Parameters and buffers of the network for which nothing was given: they keep their own values.
    pub missing: Vec<String>,
    /// Parameters and buffers for which a tensor of another shape or role was given: they keep their own values.
    pub mismatched: Vec<ShapeMismatch>,
    /// Paths that the network does not have.
    pub unexpected: Vec<String>,
}

impl StateDict {
    /// Adds a parameter or buffer under its name; one of the same name is replaced.
    pub fn insert(&mut self, parameter: Parameter) {
        self.entries.insert(parameter.name.clone(), parameter);
    }

    /// The parameter or buffer of this path.
    pub fn get(&self, path: &str) -> Option<&Parameter> {
        self.entries.get(path)
    }

    /// All parameters and buffers, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.entries.values()
    }

    /// All parameters and buffers, for writing.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        self.entries.values_mut()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no parameters and buffers.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds all of `other`; if both have a path, that of `other` counts.
    pub fn merge(&mut self, other: StateDict) {
        self.entries.extend(other.entries);
    }

    /// The same with `prefix.` before every path: for stages inside a layer. An empty prefix changes nothing.
    #[must_use]
    pub fn under(self, prefix: &str) -> StateDict {
        match prefix {
            "" => self,
            prefix => self.renamed(|name| Some(format!("{prefix}.{name}"))),
        }
    }

    /// The same for stages `by` positions further on.
    #[must_use]
    pub fn shifted(self, by: usize) -> StateDict {
        match by {
            0 => self,
            by => self.renamed(|name| {
                let (stage, rest) = stage_and_rest(name)?;
                Some(format!("{}.{rest}", stage + by))
            }),
        }
    }

    /// The state of some stages, the first of which becomes stage 0.
    #[must_use]
    pub fn stages(self, range: Range<usize>) -> StateDict {
        self.renamed(|name| {
            let (stage, rest) = stage_and_rest(name)?;
            range.contains(&stage).then(|| format!("{}.{rest}", stage - range.start))
        })
    }

    /// Adds, for every later place of shared layers, the tensors of the first place under the path of that place, so
    /// that it keeps them if the first one is cut off.
    #[must_use]
    pub fn at_all_places(mut self, spec: &NetworkSpec) -> StateDict {
        for (here, first) in shared_places(spec) {
            let copies: Vec<Parameter> = self
                .iter()
                .filter_map(|parameter| {
                    let rest = parameter.name.strip_prefix(&first)?;
                    Some(Parameter { name: format!("{here}{rest}"), ..parameter.clone() })
                })
                .collect();
            copies.into_iter().for_each(|copy| self.insert(copy));
        }
        self
    }

    /// Those of the stages of a place, the first of which becomes stage 0.
    ///
    /// # Errors
    /// A place that the network of this specification does not have.
    pub fn part(self, spec: &NetworkSpec, place: &StagePlace) -> Result<StateDict, LayerError> {
        let prefix = place.prefix(spec)?;
        let inside = self.renamed(|name| name.strip_prefix(&prefix).map(str::to_string));
        Ok(inside.stages(place.range()))
    }

    /// Freezes or unfreezes the parameters of one stage.
    pub fn set_frozen(&mut self, stage: usize, frozen: bool) {
        let prefix = format!("{stage}.");
        for parameter in self.iter_mut().filter(|parameter| parameter.name.starts_with(&prefix)) {
            parameter.frozen = frozen;
        }
    }

    pub(crate) fn renamed(self, rename: impl Fn(&str) -> Option<String>) -> StateDict {
        let renamed = self.entries.into_iter().filter_map(|(name, parameter)| {
            let name = rename(&name)?;
            Some((name.clone(), Parameter { name, ..parameter }))
        });
        StateDict { entries: renamed.collect() }
    }
}

impl FromIterator<Parameter> for StateDict {
    fn from_iter<I: IntoIterator<Item = Parameter>>(parameters: I) -> Self {
        let entries = parameters.into_iter().map(|parameter| (parameter.name.clone(), parameter));
        StateDict { entries: entries.collect() }
    }
}

/// The stage of a path, and the rest after its dot.
pub(crate) fn stage_and_rest(path: &str) -> Option<(usize, &str)> {
    let (stage, rest) = path.split_once('.')?;
    Some((stage.parse().ok()?, rest))
}

/// The prefixes of the names that parameters of shared layers have in all places but their first, each with that of the
/// first.
pub(crate) fn shared_places(spec: &NetworkSpec) -> Vec<(String, String)> {
    let mut places = SharedPlaces::default();
    places.find(spec, "");
    places.again
}

/// The places of shared layers.
#[derive(Default)]
struct SharedPlaces<'a> {
    /// The first places with the prefix of their parameters' names.
    first: Vec<(&'a str, &'a NetworkSpec, String)>,
    /// The prefixes of all other places, each with that of its first one.
    again: Vec<(String, String)>,
}

impl<'a> SharedPlaces<'a> {
    fn find(&mut self, spec: &'a NetworkSpec, prefix: &str) {
        for (index, stage) in spec.layers.iter().enumerate() {
            let here = format!("{prefix}{index}.");
            if let Stage::Layer(LayerSpec::Shared(shared)) = stage {
                let (name, body) = (shared.name.as_str(), &shared.body);
                let same = |(n, b, _): &&(&str, &NetworkSpec, String)| *n == name && *b == body;
                if let Some((_, _, first)) = self.first.iter().find(same) {
                    self.again.push((here, first.clone()));
                    continue;
                }
                self.first.push((name, body, here.clone()));
            }
            for inner in stage.kind().networks() {
                match inner.prefix.as_str() {
                    "" => self.find(inner.spec, &here),
                    prefix => self.find(inner.spec, &format!("{here}{prefix}.")),
                }
            }
        }
    }
}

impl Network {
    /// Its parameters and buffers by path.
    pub fn state(&self) -> StateDict {
        self.parameters().iter().map(|(_, parameter)| parameter.clone()).collect()
    }

    /// Takes over values and frozen marks by path, wherever path, role and shape are those of its own parameters and
    /// buffers.
    pub fn load_state(&mut self, state: &StateDict) -> StateReport {
        let mut report = StateReport::default();
        for (_, own) in self.parameters_mut().iter_mut() {
            match state.get(&own.name) {
                None => report.missing.push(own.name.clone()),
                Some(given) if fits(own, given) => {
                    own.value = given.value.clone();
                    own.frozen = given.frozen;
                    report.loaded.push(own.name.clone());
                }
                Some(given) => report.mismatched.push(ShapeMismatch {
                    name: own.name.clone(),
                    expected: own.value.shape(),
                    given: given.value.shape(),
                }),
            }
        }
        let own = self.state();
        let unexpected = state.iter().filter(|given| own.get(&given.name).is_none());
        report.unexpected = unexpected.map(|given| given.name.clone()).collect();
        report
    }

    /// Some of its stages as a network of their own, with their weights. Its input is the output of the stage before.
    ///
    /// # Errors
    /// A range without a stage, or beyond the last one.
    pub fn slice(&self, range: Range<usize>) -> Result<Network, LayerError> {
        let spec = self.spec().slice(range.clone())?;
        let before = range.start.checked_sub(1).and_then(|before| self.shapes().get(before));
        let input = before.copied().unwrap_or(self.input());
        let mut network = Network::build(&spec, input, 0)?;
        network.load_state(&self.state().at_all_places(self.spec()).stages(range));
        network.set_rng(self.rng().clone());
        Ok(network)
    }
}

pub(crate) fn fits(own: &Parameter, given: &Parameter) -> bool {
    own.role == given.role && own.value.shape() == given.value.shape()
}
