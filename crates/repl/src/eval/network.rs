//! Networks: layers joined by arrows.

use crate::syntax::{Argument, Expr, Span};
use crate::tables::Spec;
use crate::{Failure, Session, Value};
use relume_catalog::{Entry, Kind};
use relume_layers::{LayerError, NetworkSpec, Stage};
use relume_training::{Model, TrainError};

impl Session {
    /// `a -> b -> c`: stages, chains in brackets, and names of networks; or a data set and its augmentations.
    pub(super) fn chain(&mut self, stages: &[Expr]) -> Result<Value, Failure> {
        let mut joined = NetworkSpec::default();
        let mut spans = Vec::new();
        for (at, stage) in stages.iter().enumerate() {
            let spec = match self.evaluate(stage)? {
                Value::Network(model) => model.spec().clone(),
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
                other => {
                    return Err(Failure::at(
                        stage.span,
                        format!("a layer is wanted here, not {}", other.kind()),
                    )
                    .help("layers are joined with `->`: dense(16) -> relu -> dense(2)"));
                }
            };
            if at > 0 && spec.input.is_some() && spec.layers.is_empty() {
                return Err(Failure::at(stage.span, "input(...) can only stand at the beginning"));
            }
            spans.extend(spec.layers.iter().map(|_| stage.span));
            joined = joined.then(spec);
        }
        self.network_value(joined.layers, &spans, joined.input)
    }

    /// A network of stages; with its input known it is checked and given parameters at once.
    pub(super) fn network_value(
        &mut self,
        layers: Vec<Stage>,
        spans: &[Span],
        input: Option<Vec<usize>>,
    ) -> Result<Value, Failure> {
        let spec = NetworkSpec { input, layers };
        let mut model = Model::new(spec, self.settings.seed);
        if !model.spec().layers.is_empty() {
            let built = model.build_if_known();
            built.map_err(|error| placed(&error, model.spec(), spans))?;
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
            1..=5 => self.network_value(Vec::new(), &[], Some(sizes)),
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
    ) -> Result<Spec, Failure> {
        let (options, branches): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(|argument| argument.name.is_some());
        let branches = branches.iter().map(|branch| self.network_argument(&branch.value));
        let branches = serde_json::Value::Array(branches.collect::<Result<_, _>>()?);
        self.build_with(Kind::Layer, entry, Some((branches, span)), &options, span)
    }

    /// A network as another layer's argument.
    pub(super) fn network_argument(&mut self, expr: &Expr) -> Result<serde_json::Value, Failure> {
        match self.evaluate(expr)? {
            Value::Network(model) => Ok(serde_json::json!(model.spec())),
            other => {
                Err(Failure::at(expr.span, format!("layers are wanted here, not {}", other.kind())))
            }
        }
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
