//! Calls: layers and other specifications, activations and losses applied to tensors, networks, functions.

use super::functions::Answer;
use super::{metric, tensor};
use crate::habits::own_name;
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::tables::{self, KINDS, Spec};
use crate::{Failure, Session, Value};
use relume_autograd::{OpRef, Var, ops};
use relume_catalog::{ArgumentError, Entry, Given, Kind, Place, Type};
use relume_layers::{Mode, Network, Stage, Workspace};
use relume_tensor::{Shape, threads};
use relume_training::{Model, TrainError, Weights};

impl Session {
    pub(super) fn call(
        &mut self,
        callee: &Expr,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        let spread = self.spread(arguments)?;
        let arguments = spread.as_deref().unwrap_or(arguments);
        if let ExprKind::Field(base, name, _) = &callee.kind
            && let Some(value) = self.method(base, name, arguments, span)?
        {
            return Ok(value);
        }
        // `digits = digits()` can be said again: a name that cannot be called is called by what the tables know.
        if let ExprKind::Name(name) = &callee.kind
            && !matches!(self.names.get(name), Some(Value::Network(_) | Value::Function(_)))
        {
            if name == "input" {
                return self.input(arguments, span);
            }
            let first = match self.function(name, arguments, span)? {
                Answer::Value(value) => return Ok(value),
                Answer::Other(first) => first,
            };
            if let Some((kind, entry)) =
                KINDS.into_iter().find_map(|kind| Some((kind, tables::find(kind, name)?)))
            {
                return self.specification(kind, entry, first, arguments, span);
            }
            if !self.names.contains_key(name) {
                return Err(self.unknown(name, callee.span));
            }
        }
        match self.evaluate(callee)? {
            Value::Network(model) => self.apply_network(*model, arguments, span),
            Value::Function(function) => match self.called_stage(&function, arguments, span)? {
                Some(stage) => Ok(stage),
                None => self.call_function(&function, arguments, span),
            },
            layer @ Value::Layer(..) => match self.as_stage(layer, callee.span)? {
                Value::Network(model) => self.apply_network(*model, arguments, span),
                other => Err(uncallable(&other, callee.span)),
            },
            other => Err(uncallable(&other, callee.span)),
        }
    }

    /// A call of something from a table. Activations, losses and metrics are applied if they are given tensors by
    /// place. A first argument that was evaluated already is not evaluated again: in nested calls that would double at
    /// each level.
    fn specification(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        first: Option<Value>,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        if kind == Kind::Layer && entry.name == "concat" {
            let built = self.concat(entry, first, arguments, span)?;
            return self.specified(built, span);
        }
        let applies = entry.is_applied();
        let rest = &arguments[usize::from(first.is_some())..];
        let (operands, options): (Vec<&Argument>, Vec<&Argument>) =
            rest.iter().partition(|argument| applies && argument.name.is_none());
        if operands.is_empty() && (first.is_none() || !applies) {
            let first =
                first.zip(arguments.first()).map(|(value, at)| (value.given(), at.value.span));
            let built = self.build_with(kind, entry, first, &options, span)?;
            return self.specified(built, span);
        }
        let operands = operands.into_iter().map(|operand| self.evaluate(&operand.value));
        let operands: Vec<Value> =
            first.map(Ok).into_iter().chain(operands).collect::<Result<_, _>>()?;
        self.applied(kind, entry, operands, &options, span)
    }

    /// An activation, a loss or a metric of values.
    pub(super) fn applied(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        operands: Vec<Value>,
        options: &[&Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        let built = self.build_with(kind, entry, None, options, span)?;
        let (op, wanted): (OpRef, &[&str]) = match &built.spec {
            Spec::Stage(Stage::Activation(activation)) if activation.inner().is_trained() => {
                return Err(Failure::at(
                    span,
                    format!("{} has a trained parameter, so it cannot be called as a function", entry.name),
                )
                .help("use it in a network, or one that is fixed here: leaky_relu(x, slope=0.25), swish(x)"));
            }
            Spec::Stage(Stage::Activation(activation)) => {
                (activation.inner().op(), &["one tensor"])
            }
            Spec::Loss(loss) => (loss.inner().op(), loss.inner().operands()),
            Spec::Metric(metric) => return metric::measure(metric, &operands, span),
            _ => return self.specified(built, span),
        };
        if operands.len() != wanted.len() {
            return Err(wrong_operands(entry, wanted, span));
        }
        self.apply_op(&op, &operands, span)
    }

    fn apply_op(&mut self, op: &OpRef, operands: &[Value], span: Span) -> Result<Value, Failure> {
        self.apply(&|tape, vars| tape.apply(op, vars), operands, span)
    }

    /// Builds a specification from a call's arguments, each evaluated according to its type.
    pub(crate) fn build(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        arguments: &[&Argument],
        span: Span,
    ) -> Result<Spec, Failure> {
        Ok(self.build_with(kind, entry, None, arguments, span)?.spec)
    }

    /// As [`Session::build`], with a first argument that is known already, and with the weights of networks in the
    /// arguments.
    pub(super) fn build_with(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        first: Option<(Given, Span)>,
        arguments: &[&Argument],
        span: Span,
    ) -> Result<Built, Failure> {
        let mut inside = Vec::new();
        let (mut positional, mut positional_spans): (Vec<Given>, Vec<Span>) =
            first.into_iter().unzip();
        let (mut named, mut named_spans) = (Vec::new(), Vec::new());
        for argument in arguments {
            let value = &argument.value;
            match &argument.name {
                None if !named.is_empty() => {
                    return Err(Failure::at(
                        value.span,
                        "arguments with names follow those without",
                    ));
                }
                None => {
                    let described = entry.arguments.get(positional.len());
                    positional.push(self.described(value, described, &mut inside)?);
                    positional_spans.push(value.span);
                }
                Some((name, name_span)) => {
                    let name = own_name(entry, name);
                    let described = entry.argument(name);
                    named.push((name.to_string(), self.described(value, described, &mut inside)?));
                    named_spans.push((*name_span, value.span));
                }
            }
        }
        let spec = tables::build(kind, entry.name, positional, named)
            .map_err(|error| at_argument(&error, span, &positional_spans, &named_spans))?;
        Ok(Built { spec, inside })
    }

    /// The value of a described argument; the weights of a network are added to those found `inside`.
    fn described(
        &mut self,
        expr: &Expr,
        described: Option<&'static relume_catalog::Argument>,
        inside: &mut Vec<(String, Weights)>,
    ) -> Result<Given, Failure> {
        match described {
            Some(argument) if argument.ty == Type::Network => {
                let (network, weights) = self.network_argument(expr)?;
                inside.extend(weights.map(|weights| (argument.name.to_string(), weights)));
                Ok(network)
            }
            described => self.argument(expr, described.map(|argument| argument.ty)),
        }
    }

    /// An argument for a specification or a command; if a specification is expected, its own table is asked first, and
    /// it is passed on as it was built.
    pub(crate) fn argument(&mut self, expr: &Expr, ty: Option<Type>) -> Result<Given, Failure> {
        if self.is_none(expr) {
            return Ok(Given::Plain(relume_catalog::Value::Null));
        }
        if let Some(Type::List(item)) = ty
            && let Some(kind) = wanted_kind(*item)
        {
            return self.specifications_argument(expr, kind);
        }
        if ty == Some(Type::Network) {
            return Ok(self.network_argument(expr)?.0);
        }
        match ty.and_then(wanted_kind) {
            Some(kind) => self.specification_argument(expr, kind),
            None => Ok(self.evaluate(expr)?.given()),
        }
    }

    /// Whether an argument is `none`, as though it had been left out. It is no value elsewhere, and Python's `None`
    /// means the same.
    pub(crate) fn is_none(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name)
            if ["none", "None"].contains(&name.as_str()) && !self.names.contains_key(name))
    }

    /// The specification of an argument, if one of a kind is expected: a name that the user has not defined is looked
    /// up in the table of that kind. Other values are left to the check of the call.
    fn specification_argument(&mut self, expr: &Expr, kind: Kind) -> Result<Given, Failure> {
        if self.is_none(expr) {
            return Ok(Given::Plain(relume_catalog::Value::Null));
        }
        let call: Option<(&str, &[Argument])> = match &expr.kind {
            ExprKind::Name(name) => Some((name, &[])),
            ExprKind::Call { callee, arguments } => match &callee.kind {
                ExprKind::Name(name) => Some((name, arguments)),
                _ => None,
            },
            ExprKind::Text(name) => Some((name, &[])),
            _ => None,
        };
        if let Some((name, arguments)) = call
            && !self.names.contains_key(name)
        {
            let entry = tables::find(kind, name).ok_or_else(|| unknown(kind, name, expr.span))?;
            let arguments: Vec<&Argument> = arguments.iter().collect();
            return Ok(self.build(kind, entry, &arguments, expr.span)?.given());
        }
        let mut value = self.evaluate(expr)?;
        if kind == Kind::Activation {
            value = self.as_stage(value, expr.span)?;
        }
        wanted(value, kind, expr.span)
    }

    /// The specifications of a list. A value that is not a list is left to the check of the call.
    fn specifications_argument(&mut self, expr: &Expr, kind: Kind) -> Result<Given, Failure> {
        let items: Result<Vec<Given>, Failure> = match &expr.kind {
            ExprKind::List(items) => {
                items.iter().map(|item| self.specification_argument(item, kind)).collect()
            }
            _ => match self.evaluate(expr)? {
                Value::List(items) => {
                    items.into_iter().map(|item| wanted(item, kind, expr.span)).collect()
                }
                other => return Ok(other.given()),
            },
        };
        Ok(Given::List(items?))
    }

    /// A network applied to samples: one sample of its input's shape, or a batch of them.
    pub(crate) fn apply_network(
        &mut self,
        mut model: Model,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        let [Argument { name: None, value }] = arguments else {
            return Err(Failure::at(span, "a network is applied to one tensor of samples"));
        };
        let operand = self.evaluate(value)?;
        let operand = match self.inputs_for(&model, operand, value.span)? {
            tracked @ Value::Tracked(_) => tracked,
            other => Value::Tensor(tensor(&other, value.span)?),
        };
        let shape = match (&operand, &self.tape) {
            (Value::Tracked(var), Some(tape)) => tape.value(*var).shape(),
            (other, _) => tensor(other, value.span)?.shape(),
        };
        let sample = sample_shape(&model, shape);
        let spec = model.spec().clone();
        model.build(sample).map_err(|error| Failure::training(&error, span, Some(&spec)))?;
        self.tell_mismatched(&mut model);
        let places = self.differentiated_places(&model, span)?;
        let Some(mut network) = model.in_use() else {
            return Err(Failure::at(span, "the network has no weights yet"));
        };
        let is_tracked = matches!(operand, Value::Tracked(_)) || !places.is_empty();
        if let (Value::Tensor(inputs), false, true) = (&operand, is_tracked, shape != sample) {
            let passed = threads::run(|| relume_training::outputs(&mut network, inputs));
            let failed = |error: TrainError| Failure::at(value.span, error.to_string());
            return passed.map(Value::Tensor).map_err(failed);
        }
        let tape = if is_tracked { self.tape.take() } else { None };
        let mut workspace = tape.map_or_else(Workspace::inference, Workspace::on);
        for (id, var) in places {
            workspace.place(id, var);
        }
        let spans = [span, value.span];
        let result = pass(&mut network, &mut workspace, operand, shape == sample, spans);
        match is_tracked {
            true => {
                self.tape = Some(workspace.tape);
                result.map(Value::Tracked)
            }
            false => result.map(|y| Value::Tensor(workspace.tape.value(y).clone())),
        }
    }
}

/// The shape of a sample, where an operand of this shape is one or a batch of them.
fn sample_shape(model: &Model, operand: Shape) -> Shape {
    match model.network() {
        Some(network)
            if operand == network.input() || operand.without_batch() == network.input() =>
        {
            network.input()
        }
        Some(network) if !model.has_given_weights() => network.input(),
        _ if operand.rank() > 1 => operand.without_batch(),
        _ => operand,
    }
}

/// Passes a single sample or a batch through; the places are those of the call and of its argument.
fn pass(
    network: &mut Network,
    workspace: &mut Workspace,
    operand: Value,
    is_single: bool,
    [call, argument]: [Span; 2],
) -> Result<Var, Failure> {
    let failed = |error| Failure::operation(&error, call);
    let x = match operand {
        Value::Tracked(var) => var,
        other => workspace.tape.constant(tensor(&other, argument)?),
    };
    let x = match is_single {
        true => {
            let batch = workspace.tape.value(x).shape().with_batch(1);
            let batch = batch.map_err(|error| Failure::tensor(&error, call))?;
            ops::reshape(&mut workspace.tape, x, batch).map_err(failed)?
        }
        false => x,
    };
    let y = network
        .forward(workspace, x, Mode::Inference)
        .map_err(|error| Failure::at(argument, error.to_string()))?;
    match is_single {
        true => {
            let shape = workspace.tape.value(y).shape().without_batch();
            ops::reshape(&mut workspace.tape, y, shape).map_err(failed)
        }
        false => Ok(y),
    }
}

fn uncallable(value: &Value, span: Span) -> Failure {
    Failure::at(span, format!("{} cannot be called", value.kind()))
}

/// A specification, and the weights of the networks in its arguments, each with the argument's name.
pub(super) struct Built {
    pub spec: Spec,
    pub inside: Vec<(String, Weights)>,
}

impl From<Spec> for Built {
    fn from(spec: Spec) -> Self {
        Built { spec, inside: Vec::new() }
    }
}

/// A value where a specification of a kind is expected.
fn wanted(value: Value, kind: Kind, span: Span) -> Result<Given, Failure> {
    match value {
        Value::Spec(spec) if spec.entry().kind == kind => Ok(spec.given()),
        Value::Network(model) if is_stage(&model, kind) => {
            Ok(Spec::Stage(model.spec().layers[0].clone()).given())
        }
        other @ (Value::Spec(_) | Value::Network(_)) => {
            let wanted = Type::Spec(kind);
            Err(Failure::at(span, format!("{wanted} is wanted here, not {}", other.kind())))
        }
        other => Ok(other.given()),
    }
}

/// Whether a network is one stage of a kind, as an activation under a name is.
fn is_stage(model: &Model, kind: Kind) -> bool {
    matches!(model.spec().layers.as_slice(), [stage] if stage.entry().kind == kind)
}

/// A name that the table of a kind does not have.
fn unknown(kind: Kind, name: &str, span: Span) -> Failure {
    let entries = tables::entries(kind);
    let error = ArgumentError::unknown_name(name, &entries);
    let known: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
    let help = error.help().unwrap_or_else(|| format!("there are {}", known.join(", ")));
    Failure::at(span, format!("there is no {} `{name}`", kind.noun())).help(help)
}

/// Too many or too few tensors for a function of a table.
pub(super) fn wrong_operands(entry: &Entry, wanted: &[&str], span: Span) -> Failure {
    let wanted = match wanted {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        wanted => wanted.concat(),
    };
    Failure::at(span, format!("{} is applied to {wanted}; its options go by name", entry.name))
}

fn wanted_kind(ty: Type) -> Option<Kind> {
    match ty {
        Type::Spec(kind) => Some(kind),
        _ => None,
    }
}

/// An error of arguments, with its caret under the wrong one.
pub(crate) fn at_argument(
    error: &ArgumentError,
    call: Span,
    positional: &[Span],
    named: &[(Span, Span)],
) -> Failure {
    let span = match error.place {
        Place::Call => None,
        Place::Positional(i) => positional.get(i).copied(),
        Place::Name(i) => named.get(i).map(|(name, _)| *name),
        Place::Named(i) => named.get(i).map(|(_, value)| *value),
    };
    Failure::arguments(error, span.unwrap_or(call))
}
