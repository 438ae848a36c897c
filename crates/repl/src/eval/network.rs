//! Networks: layers joined by arrows.

use super::call::Built;
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::tables::Spec;
use crate::{Failure, Session, Value};
use relume_catalog::{Entry, Kind};
use relume_layers::{LayerError, NetworkSpec, Stage};
use relume_training::{Model, TrainError, Weights};

impl Session {
    /// `a -> b -> c`: stages, chains in brackets, and names of networks; or a data set and its augmentations.
    pub(super) fn chain(&mut self, stages: &[Expr]) -> Result<Value, Failure> {
        let mut joined = Joined::default();
        for (at, stage) in stages.iter().enumerate() {
            let model = match self.evaluate(stage)? {
                Value::Network(model) => model,
                Value::Data(data) if at == 0 => return self.augmented(data, &stages[1..]),
                other @ Value::Spec(Spec::Augmentation(_)) => {
                    return Err(Failure::at(
                        stage.span,
                        format!("a layer is wanted here, not {}", other.kind()),
                    )
                    .help("augmentations stand behind a data set: d = images(\"FOLDER\") -> randomflip"));
                }
                Value::Part(_) if at == 0 => {
                    return Err(Failure::at(
                        stage.span,
                        "augmentations stand behind a whole data set: only its train part is varied",
                    )
                    .help("leave .train or .test out"));
                }
                Value::Function(function) => {
                    return Err(Failure::at(stage.span, "a layer is wanted here, not a function")
                        .help(format!("call it, if it gives one: {}", function.usage())));
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
            let weights = self.weights_of(stage, &model);
            joined.push(model.spec().clone(), weights, stage.span);
        }
        self.network_value(joined)
    }

    /// A network of stages, with the weights that came along; with its input known it is checked and given parameters at once.
    pub(super) fn network_value(&mut self, joined: Joined) -> Result<Value, Failure> {
        let Joined { spec, spans, weights } = joined;
        spec.check_nesting().map_err(|error| placed(&error.into(), &spec, &spans))?;
        let mut model = Model::with_weights(spec.clone(), self.settings.seed, weights)
            .map_err(|error| placed(&error, &spec, &spans))?;
        self.tell_mismatched(&mut model);
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

    /// `concat(a, b, axis=1)`: what has no name is one of the networks inside.
    pub(super) fn concat(
        &mut self,
        entry: &'static Entry,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Built, Failure> {
        let (options, branches): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(|argument| argument.name.is_some());
        let (mut specs, mut inside) = (Vec::new(), Vec::new());
        for (i, branch) in branches.iter().enumerate() {
            let (spec, weights) = self.network_argument(&branch.value)?;
            specs.push(spec);
            inside.extend(weights.map(|weights| (format!("branches.{i}"), weights)));
        }
        let first = Some((serde_json::Value::Array(specs), span));
        let mut built = self.build_with(Kind::Layer, entry, first, &options, span)?;
        built.inside.extend(inside);
        Ok(built)
    }

    /// A network as another layer's argument, and the weights that it brings along.
    pub(super) fn network_argument(
        &mut self,
        expr: &Expr,
    ) -> Result<(serde_json::Value, Option<Weights>), Failure> {
        match self.evaluate(expr)? {
            Value::Network(model) => {
                let weights = self.weights_of(expr, &model);
                Ok((serde_json::json!(model.spec()), weights))
            }
            other => {
                Err(Failure::at(expr.span, format!("layers are wanted here, not {}", other.kind())))
            }
        }
    }

    /// The weights that a network brings along into another one: those that it has under a name, and trained ones. What is typed
    /// as layers alone has none yet, even where its input is given.
    pub(super) fn weights_of(&mut self, expr: &Expr, model: &Model) -> Option<Weights> {
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
            self.tell_weights_come_along(name);
        }
        Some(weights)
    }

    /// Says once for each name that its weights are not left behind.
    fn tell_weights_come_along(&mut self, name: &str) {
        if !self.is_looking_ahead && self.came_along.insert(name.to_string()) {
            self.output.remark(&format!(
                "{name} comes with its trained weights; fresh({name}) gives its layers alone"
            ));
        }
    }

    /// Names the weights that start fresh because they do not fit where they came to.
    pub(crate) fn tell_mismatched(&mut self, model: &mut Model) {
        for mismatch in model.take_mismatched() {
            if !self.is_looking_ahead {
                self.output.remark(&mismatch.to_string());
            }
        }
    }
}

/// Networks that are being joined: their stages, the place of each in the text, and the weights that come along.
#[derive(Default)]
pub(super) struct Joined {
    pub spec: NetworkSpec,
    pub spans: Vec<Span>,
    pub weights: Weights,
}

impl Joined {
    /// Adds a network after those that are there.
    pub fn push(&mut self, spec: NetworkSpec, weights: Option<Weights>, span: Span) {
        let at = self.spec.layers.len();
        if let Some(Weights { state, trained, input }) = weights {
            self.weights.merge(Weights { state: state.shifted(at), trained, input: None });
            if at == 0 {
                self.weights.input = input;
            }
        }
        self.spans.extend(spec.layers.iter().map(|_| span));
        self.spec = std::mem::take(&mut self.spec).then(spec);
    }

    /// A single stage with the weights of the networks inside of it, each with the argument that holds it.
    pub fn stage(stage: Stage, inside: Vec<(String, Weights)>, span: Span) -> Self {
        let mut weights = Weights::default();
        for inner in stage.kind().networks() {
            for (_, own) in inside.iter().filter(|(argument, _)| *argument == inner.argument) {
                weights.input = weights.input.or(own.input);
                let state = own.state.clone().under(&inner.prefix).under("0");
                weights.merge(Weights { state, ..own.clone() });
            }
        }
        Joined { spec: NetworkSpec::new(vec![stage]), spans: vec![span], weights }
    }
}

/// A refused network, its caret under the stage where it stands in the text.
fn placed(error: &TrainError, spec: &NetworkSpec, spans: &[Span]) -> Failure {
    let whole = spans.iter().copied().reduce(Span::to).unwrap_or_default();
    let mut failure = Failure::training(error, whole, None);
    match error {
        TrainError::Layer(LayerError::Shape(shape)) => {
            let at = shape.path.first().copied().unwrap_or(0);
            failure.is_shape = true;
            failure.diagnostic.span = spans.get(at).copied().or(Some(whole));
            failure
        }
        TrainError::Layer(error) => Failure::in_network(error, spec),
        _ => failure,
    }
}
