//! Networks: layers joined by arrows.

use super::call::Built;
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::tables::Spec;
use crate::{Failure, Session, Value};
use relume_catalog::{Entry, Given, Kind};
use relume_layers::{LayerError, NetworkSpec, Stage};
use relume_training::{Model, TrainError, Weights};

impl Session {
    /// `a -> b -> c`: stages, chains in brackets, and names of networks; or a data set and its augmentations.
    pub(super) fn chain(&mut self, stages: &[Expr]) -> Result<Value, Failure> {
        let mut joined = Joined::default();
        for (at, stage) in stages.iter().enumerate() {
            let value = self.evaluate(stage)?;
            let model = match self.as_stage(value, stage.span)? {
                Value::Network(model) => model,
                Value::Data(data) if at == 0 => return self.augmented(data, &stages[1..]),
                other @ Value::Spec(Spec::Augmentation(_)) => {
                    return Err(Failure::at(
                        stage.span,
                        format!("a layer is wanted here, not {}", other.kind()),
                    )
                    .help(
                        "augmentations follow a data set: d = images(\"FOLDER\") -> randomflip",
                    ));
                }
                Value::Part(_) if at == 0 => {
                    return Err(Failure::at(
                        stage.span,
                        "augmentations follow a whole data set: only its train part is varied",
                    )
                    .help("leave .train or .test out"));
                }
                other => {
                    return Err(Failure::at(
                        stage.span,
                        format!("a layer is wanted here, not {}", other.kind()),
                    )
                    .help("layers are joined with `->`: dense(16) -> relu -> dense(2)"));
                }
            };
            if at > 0 && model.spec().input.is_some() && model.spec().layers.is_empty() {
                return Err(Failure::at(stage.span, "input(...) can only stand at the beginning"));
            }
            let place = match joined.spec.layers.is_empty() {
                true => Place::Beginning,
                false => Place::Later,
            };
            let weights = self.weights_of(stage, &model, place);
            joined.push(model.spec().clone(), weights, stage.span);
        }
        self.network_value(joined)
    }

    /// A network of stages, with the weights that came along; if its input is known it is checked and built at once.
    pub(super) fn network_value(&mut self, joined: Joined) -> Result<Value, Failure> {
        let Joined { spec, spans, weights, is_ambiguous } = joined;
        spec.check_nesting().map_err(|error| placed(&error.into(), &spec, &spans))?;
        let mut model = Model::with_weights(spec.clone(), self.settings.seed, weights)
            .map_err(|error| placed(&error, &spec, &spans))?;
        self.tell_mismatched(&mut model);
        if is_ambiguous && !self.is_looking_ahead {
            self.output.remark(
                "its branches prepare their inputs in different ways: neither preparation comes along",
            );
        }
        Ok(Value::Network(Box::new(model)))
    }

    /// `input(3, 32, 32)`.
    pub(super) fn input(&mut self, arguments: &[Argument], span: Span) -> Result<Value, Failure> {
        let mut sizes = Vec::new();
        for argument in arguments {
            let size = match argument.name {
                None => self.whole(&argument.value)?,
                Some(_) => {
                    return Err(Failure::at(
                        argument.value.span,
                        "input takes sizes without names",
                    ));
                }
            };
            match usize::try_from(size) {
                Ok(size @ 1..) => sizes.push(size),
                _ => return Err(Failure::at(argument.value.span, "a size is at least 1")),
            }
        }
        match sizes.len() {
            1..=5 => {
                let spec = NetworkSpec { input: Some(sizes), layers: Vec::new() };
                self.network_value(Joined { spec, ..Joined::default() })
            }
            _ => Err(Failure::at(span, "input takes 1 to 5 sizes")
                .help("input(64), or input(3, 32, 32)")),
        }
    }

    /// `concat(a, b, axis=1)`: what has no name is one of the networks inside; the first may be evaluated already.
    /// `branches=[a, b]` names them all.
    pub(super) fn concat(
        &mut self,
        entry: &'static Entry,
        mut first: Option<Value>,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Built, Failure> {
        let is_branch = |argument: &&Argument| match &argument.name {
            Some((name, _)) => name == "branches",
            None => true,
        };
        let (branches, options): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(is_branch);
        let branches =
            branches.into_iter().flat_map(|Argument { name, value }| match &value.kind {
                ExprKind::List(items) if name.is_some() => &items[..],
                _ => std::slice::from_ref(value),
            });
        let (mut specs, mut inside) = (Vec::new(), Vec::new());
        for (i, branch) in branches.enumerate() {
            let network = first.take().map_or_else(|| self.evaluate(branch), Ok)?;
            let (spec, weights) = self.network_within(network, branch)?;
            specs.push(spec);
            inside.extend(weights.map(|weights| (format!("branches.{i}"), weights)));
        }
        let first = Some((Given::List(specs), span));
        let mut built = self.build_with(Kind::Layer, entry, first, &options, span)?;
        built.inside.extend(inside);
        Ok(built)
    }

    /// A network as an argument of another layer, and the weights that it brings along.
    pub(super) fn network_argument(
        &mut self,
        expr: &Expr,
    ) -> Result<(Given, Option<Weights>), Failure> {
        let value = self.evaluate(expr)?;
        self.network_within(value, expr)
    }

    /// As [`Session::network_argument`], for an argument that was evaluated.
    fn network_within(
        &mut self,
        value: Value,
        expr: &Expr,
    ) -> Result<(Given, Option<Weights>), Failure> {
        match self.as_stage(value, expr.span)? {
            Value::Network(model) => {
                let weights = self.weights_of(expr, &model, Place::Beginning);
                Ok((Given::built(model.spec().clone()), weights))
            }
            other => {
                Err(Failure::at(expr.span, format!("layers are wanted here, not {}", other.kind())))
            }
        }
    }

    /// The weights that a network brings along into another one: those of a named network, and trained ones. Layers
    /// that are typed alone have none yet, even if their input is given.
    pub(super) fn weights_of(
        &mut self,
        expr: &Expr,
        model: &Model,
        place: Place,
    ) -> Option<Weights> {
        let (name, is_loaded) = match &expr.kind {
            ExprKind::Name(name) if self.names.contains_key(name) => (Some(name.as_str()), false),
            ExprKind::Call { callee, .. } => {
                (None, matches!(&callee.kind, ExprKind::Name(name) if name == "load"))
            }
            _ => (None, false),
        };
        if name.is_none() && !model.is_trained() && !model.has_given_weights() {
            return None;
        }
        let weights = Some(model.weights()).filter(|weights| !weights.state.is_empty())?;
        if let (true, Some(name)) = (weights.trained, name.or(is_loaded.then_some("load(...)"))) {
            let is_prepared = place == Place::Beginning && weights.preparation.is_decided();
            let came = if is_prepared { Came::WithPreparation } else { Came::Alone };
            self.tell_weights_come_along(name, came);
        }
        Some(weights)
    }

    /// Says once for each name that its weights are not left behind, and whether the preparation of its inputs is.
    fn tell_weights_come_along(&mut self, name: &str, came: Came) {
        let is_told = self.came_along.get(name).is_some_and(|told| *told >= came);
        if self.is_looking_ahead || is_told {
            return;
        }
        self.came_along.insert(name.to_string(), came);
        let what = match came {
            Came::Alone => "its trained weights",
            Came::WithPreparation => "its trained weights and the preparation of its inputs",
        };
        self.output
            .remark(&format!("{name} comes with {what}; fresh({name}) gives its layers alone"));
    }

    /// Reports the weights that start fresh because they do not fit.
    pub(crate) fn tell_mismatched(&mut self, model: &mut Model) {
        for mismatch in model.take_mismatched() {
            if !self.is_looking_ahead {
                self.output.remark(&mismatch.to_string());
            }
        }
    }
}

/// Where a network comes to in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Where inputs come in.
    Beginning,
    /// After other stages.
    Later,
}

/// What came along with a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Came {
    /// Nothing else.
    Alone,
    /// How its inputs are prepared.
    WithPreparation,
}

/// The arguments of networks that see a part of a sample where the whole is a source and a target.
const SEE_A_PART: [&str; 2] = ["encoder", "decoder"];

/// Networks that are being joined: their stages, the position of each in the text, and the weights that come along.
#[derive(Default)]
pub(super) struct Joined {
    pub spec: NetworkSpec,
    pub spans: Vec<Span>,
    pub weights: Weights,
    /// Whether networks beside each other prepare the same inputs in different ways.
    pub is_ambiguous: bool,
}

impl Joined {
    /// Adds a network after the others.
    pub fn push(&mut self, spec: NetworkSpec, weights: Option<Weights>, span: Span) {
        let at = self.spec.layers.len();
        if let Some(weights) = weights {
            let Weights { input, ref preparation, .. } = weights;
            if at == 0 {
                self.weights.input = input;
                self.weights.preparation = preparation.clone();
            }
            let state = weights.state.shifted(at);
            self.weights.merge(Weights { state, trained: weights.trained, ..Weights::default() });
        }
        self.spans.extend(spec.layers.iter().map(|_| span));
        self.spec = std::mem::take(&mut self.spec).then(spec);
    }

    /// A single stage with the weights of the networks inside it, each with the argument that holds it.
    pub fn stage(stage: Stage, inside: Vec<(String, Weights)>, span: Span) -> Self {
        let mut weights = Weights::default();
        let mut preparations = Vec::new();
        for inner in stage.kind().networks() {
            for (_, own) in inside.iter().filter(|(argument, _)| *argument == inner.argument) {
                weights.input = weights.input.or(own.input);
                if !SEE_A_PART.contains(&&*inner.argument) && own.preparation.is_decided() {
                    preparations.push(&own.preparation);
                }
                let state = own.state.clone().under(&inner.prefix).under("0");
                weights.merge(Weights { state, ..own.clone() });
            }
        }
        let is_ambiguous = preparations.windows(2).any(|pair| pair[0] != pair[1]);
        if let (Some(&preparation), false) = (preparations.first(), is_ambiguous) {
            weights.preparation = preparation.clone();
        }
        Joined { spec: NetworkSpec::new(vec![stage]), spans: vec![span], weights, is_ambiguous }
    }
}

/// A refused network, with its caret under the stage in the text.
fn placed(error: &TrainError, spec: &NetworkSpec, spans: &[Span]) -> Failure {
    let whole = spans.iter().copied().reduce(Span::to).unwrap_or_default();
    let mut failure = Failure::training(error, whole, None);
    match error {
        TrainError::Layer(LayerError::Shape(shape)) => {
            let at = shape.path.first().copied().unwrap_or(0);
            failure.kind = crate::FailureKind::Shape;
            failure.diagnostic.span = spans.get(at).copied().or(Some(whole));
            failure
        }
        TrainError::Layer(LayerError::In { index, source, .. }) => {
            if let LayerError::Memory(_) = **source {
                failure.kind = crate::FailureKind::Memory;
            }
            failure.diagnostic.span = spans.get(*index).copied().or(Some(whole));
            failure
        }
        TrainError::Layer(error) => Failure::in_network(error, spec),
        _ => failure,
    }
}
