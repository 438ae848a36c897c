//! Where stages stand: in a network, or in one inside of a stage.

use crate::state::stage_and_rest;
use crate::{LayerError, LayerSpec, NetworkSpec, Stage};
use relume_catalog::{ArgumentError, Field, Map, Value};
use relume_tensor::Shape;
use std::ops::Range;

/// Stages of a network, or of one inside of its stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagePlace {
    /// The way to the network that holds them: at each step the index of a stage, and which of the networks inside of
    /// it.
    inside: Vec<(usize, usize)>,
    /// The stages in that network.
    range: Range<usize>,
}

impl StagePlace {
    /// Stages of the network itself.
    pub fn stages(range: Range<usize>) -> Self {
        StagePlace { inside: Vec::new(), range }
    }

    /// How many stages there are.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether there are none: a place between two stages.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The indices of the stages in the network that holds them.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// What the names of parameters begin with in the network that holds the stages: `2.body.`, or nothing for the
    /// network itself.
    ///
    /// # Errors
    /// A place that the network does not have.
    pub fn prefix(&self, spec: &NetworkSpec) -> Result<String, LayerError> {
        let mut prefix = String::new();
        let mut spec = spec;
        for &step in &self.inside {
            let inner = spec.inner(step)?;
            prefix += &match inner.prefix.as_str() {
                "" => format!("{}.", step.0),
                own => format!("{}.{own}.", step.0),
            };
            spec = inner.spec;
        }
        Ok(prefix)
    }

    /// Whether the first of the stages takes the input of the whole network.
    pub fn takes_the_input(&self, spec: &NetworkSpec) -> bool {
        let mut spec = spec;
        for &step in &self.inside {
            match (step, spec.layers.first(), spec.inner(step)) {
                ((0, _), Some(stage), Ok(inner)) if hands_its_input_on(stage) => spec = inner.spec,
                _ => return false,
            }
        }
        self.range.start == 0
    }
}

impl NetworkSpec {
    /// The stage that a path leads to: `"2"`, `"trunk"` for a stage with this `name`, `"trunk.1"`, `"3.body.0"`. The
    /// parts of a path are those of the names of parameters, or names in the place of indices.
    ///
    /// # Errors
    /// A path that leads to no stage.
    pub fn place(&self, path: &str) -> Result<StagePlace, LayerError> {
        let (mut spec, mut rest, mut inside) = (self, path, Vec::new());
        loop {
            let unknown = || LayerError::Path { path: path.to_string(), stages: spec.outline() };
            let (at, after) = spec.stage_at_the_head(rest).ok_or_else(unknown)?;
            let Some(after) = after else {
                return Ok(StagePlace { inside, range: at..at + 1 });
            };
            let networks = spec.layers[at].kind().networks();
            let (which, inner, after) = networks
                .into_iter()
                .enumerate()
                .find_map(|(which, inner)| match inner.prefix.as_str() {
                    "" => Some((which, inner.spec, after)),
                    own => Some((which, inner.spec, after.strip_prefix(own)?.strip_prefix('.')?)),
                })
                .ok_or_else(unknown)?;
            inside.push((at, which));
            (spec, rest) = (inner, after);
        }
    }

    /// The stage that a path begins with, and what follows its point.
    fn stage_at_the_head<'a>(&self, path: &'a str) -> Option<(usize, Option<&'a str>)> {
        let named = self.layers.iter().enumerate().find_map(|(at, stage)| {
            let rest = path.strip_prefix(stage.name()?)?;
            match rest.strip_prefix('.') {
                None if rest.is_empty() => Some((at, None)),
                rest => Some((at, Some(rest?))),
            }
        });
        named.or_else(|| {
            let (index, rest) = match path.split_once('.') {
                Some((index, rest)) => (index, Some(rest)),
                None => (path, None),
            };
            let at: usize = index.parse().ok()?;
            (at < self.layers.len()).then_some((at, rest))
        })
    }

    /// How many stages there are, and which: `it has 2 stages: 0 dense(3), 1 relu`.
    pub fn outline(&self) -> String {
        const MOST: usize = 12;
        let count = self.layers.len();
        let stage = |(index, stage): (usize, &Stage)| {
            let text = match stage.name() {
                Some(name) => format!("{name:?}"),
                None => stage.to_string(),
            };
            match text.char_indices().nth(40) {
                Some((cut, _)) => format!("{index} {}...", &text[..cut]),
                None => format!("{index} {text}"),
            }
        };
        let stages: Vec<String> = self.layers.iter().enumerate().take(MOST).map(stage).collect();
        let more = if count > MOST { ", ..." } else { "" };
        let plural = if count == 1 { "stage" } else { "stages" };
        match count {
            0 => "it has no stages".to_string(),
            _ => format!("it has {count} {plural}: {}{more}", stages.join(", ")),
        }
    }

    /// A network inside of a stage.
    fn inner(&self, (at, which): (usize, usize)) -> Result<crate::InnerNetwork<'_>, LayerError> {
        let stages = self.layers.len();
        let stage = self.layers.get(at).ok_or(LayerError::Range { stages })?;
        stage.kind().networks().into_iter().nth(which).ok_or(LayerError::Range { stages })
    }

    /// The stages of a place as a network of their own. Its input stays where they begin with the first stage of all.
    ///
    /// # Errors
    /// A place without a stage, or one that the network does not have.
    pub fn part(&self, place: &StagePlace) -> Result<NetworkSpec, LayerError> {
        self.beside(place)?.slice(place.range())
    }

    /// The network that holds the stages of a place.
    pub(crate) fn beside(&self, place: &StagePlace) -> Result<&NetworkSpec, LayerError> {
        let mut spec = self;
        for &step in &place.inside {
            spec = spec.inner(step)?.spec;
        }
        Ok(spec)
    }

    /// The shape that the first stage of a place gets, where it follows from the shapes outside.
    pub fn input_of(&self, place: &StagePlace, input: Shape) -> Option<Shape> {
        let (mut spec, mut input) = (self, input);
        for &step in &place.inside {
            input = spec.shape_before(step.0, input)?;
            let inner = spec.inner(step).ok()?;
            if !hands_its_input_on(&spec.layers[step.0]) {
                return None;
            }
            spec = inner.spec;
        }
        spec.shape_before(place.range.start, input)
    }

    fn shape_before(&self, stage: usize, input: Shape) -> Option<Shape> {
        match stage.checked_sub(1) {
            None => Some(input),
            Some(before) => self.shapes(input).ok()?.get(before).copied(),
        }
    }

    /// The same network with other stages in a place.
    ///
    /// # Errors
    /// A place that the network does not have; no stage left; a stage in a layer of shared parameters; or a layer from
    /// outside around the place that is not registered.
    pub fn replaced(&self, place: &StagePlace, with: &[Stage]) -> Result<NetworkSpec, LayerError> {
        self.replaced_inside(&place.inside, place.range(), with)
    }

    fn replaced_inside(
        &self,
        inside: &[(usize, usize)],
        range: Range<usize>,
        with: &[Stage],
    ) -> Result<NetworkSpec, LayerError> {
        let mut changed = self.clone();
        match inside {
            [] => {
                let stages = self.layers.len();
                if self.layers.get(range.clone()).is_none() {
                    return Err(LayerError::Range { stages });
                }
                changed.layers.splice(range, with.iter().cloned());
                if changed.layers.is_empty() {
                    return Err(LayerError::Empty);
                }
            }
            [step, rest @ ..] => {
                let inner = self.inner(*step)?;
                let stage = &mut changed.layers[step.0];
                if let Stage::Layer(LayerSpec::Shared(_)) = stage {
                    return Err(LayerError::InShared { index: step.0, layer: stage.to_string() });
                }
                let network = inner.spec.replaced_inside(rest, range, with)?;
                *stage = stage.with_network(&inner.argument, &network)?;
            }
        }
        Ok(changed)
    }
}

impl Stage {
    /// The name that was given to it, for people: that of a chain or of shared layers.
    pub fn name(&self) -> Option<&str> {
        let name = match self {
            Stage::Layer(LayerSpec::Chain(chain)) => &chain.name,
            Stage::Layer(LayerSpec::Shared(shared)) => &shared.name,
            _ => return None,
        };
        Some(name.as_str()).filter(|name| !name.is_empty())
    }

    /// The stage with another network in one of its arguments, `body` or `branches.1`.
    pub(crate) fn with_network(
        &self,
        argument: &str,
        network: &NetworkSpec,
    ) -> Result<Stage, ArgumentError> {
        let (name, mut arguments) = self.record();
        let mut parts = argument.split('.');
        let mut slot = parts.next().and_then(|first| arguments.get_mut(first));
        for part in parts {
            slot = match slot {
                Some(Value::Array(items)) => {
                    part.parse::<usize>().ok().and_then(|at| items.get_mut(at))
                }
                _ => None,
            };
        }
        if let Some(slot) = slot {
            *slot = network.to_value();
        }
        Stage::from_record(name, arguments)
    }

    /// Its name in the table, and its arguments by their names.
    pub fn record(&self) -> (&'static str, Map<String, Value>) {
        let arguments = match self.to_value() {
            Value::Object(record) => match record.into_iter().next() {
                Some((_, Value::Object(arguments))) => arguments,
                _ => Map::new(),
            },
            _ => Map::new(),
        };
        (self.entry().name, arguments)
    }
}

/// Whether the networks inside of a stage take the stage's own input.
fn hands_its_input_on(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Layer(
            LayerSpec::Chain(_)
                | LayerSpec::Shared(_)
                | LayerSpec::Residual(_)
                | LayerSpec::Concat(_)
        )
    )
}

/// How the names of parameters change where stages are replaced.
pub(crate) struct Renaming {
    /// What names begin with in the network that holds the stages.
    pub prefix: String,
    /// The stages that go.
    pub range: Range<usize>,
    /// How many come in their place.
    pub inserted: usize,
}

impl Renaming {
    /// The name after the replacement; none if it belongs to a stage that goes.
    pub fn renamed(&self, name: &str) -> Option<String> {
        let Some(inside) = name.strip_prefix(&self.prefix) else { return Some(name.to_string()) };
        let Some((stage, rest)) = stage_and_rest(inside) else { return Some(name.to_string()) };
        match stage {
            before if before < self.range.start => Some(name.to_string()),
            after if after >= self.range.end => {
                let stage = after - self.range.len() + self.inserted;
                Some(format!("{}{stage}.{rest}", self.prefix))
            }
            _ => None,
        }
    }
}
