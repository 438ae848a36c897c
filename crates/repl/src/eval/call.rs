//! Calls: layers and other specifications, activations and losses applied to tensors, networks, functions.

use super::{functions, metric, tensor};
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::tables::{self, KINDS, Spec};
use crate::{Failure, Session, Value};
use relume_autograd::OpRef;
use relume_catalog::{ArgumentError, Entry, Kind, Place, Type, Value as Json};
use relume_layers::{Mode, Stage, Workspace};
use relume_training::Model;

impl Session {
    pub(super) fn call(
        &mut self,
        callee: &Expr,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        // `digits = digits()` can be said again: a name that stands for no network is called by what the tables know.
        if let ExprKind::Name(name) = &callee.kind
            && !matches!(self.names.get(name), Some(Value::Network(_)))
        {
            if name == "input" {
                return self.input(arguments, span);
            }
            // `reshape([1, 8, 8])` is a layer, `reshape(x, [2, 2])` a function: it has a tensor to work on.
            let is_layer = |entry: &Entry| {
                tables::find(Kind::Layer, name).is_some() && arguments.len() < entry.arguments.len()
            };
            if let Some(function) = functions::find(name).filter(|f| !is_layer(&f.entry)) {
                return (function.call)(self, function, arguments, span);
            }
            if let Some((kind, entry)) =
                KINDS.into_iter().find_map(|kind| Some((kind, tables::find(kind, name)?)))
            {
                return self.specification(kind, entry, arguments, span);
            }
            if !self.names.contains_key(name) {
                return Err(self.unknown(name, callee.span));
            }
        }
        match self.evaluate(callee)? {
            Value::Network(model) => self.apply_network(*model, arguments, span),
            other => Err(Failure::at(callee.span, format!("{} cannot be called", other.kind()))),
        }
    }

    /// A call of something from a table. Activations, losses and metrics are applied if they are given tensors by place.
    fn specification(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        if kind == Kind::Layer && entry.name == "concat" {
            let spec = self.concat(entry, arguments, span)?;
            return self.specified(spec, span);
        }
        let applies = matches!(kind, Kind::Activation | Kind::Loss | Kind::Metric);
        let (operands, options): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(|argument| applies && argument.name.is_none());
        let spec = self.build(kind, entry, &options, span)?;
        if operands.is_empty() {
            return self.specified(spec, span);
        }
        let operands: Vec<Value> = operands
            .into_iter()
            .map(|operand| self.evaluate(&operand.value))
            .collect::<Result<_, _>>()?;
        let (op, wanted): (OpRef, &[&str]) = match &spec {
            Spec::Stage(Stage::Activation(activation))
                if activation.inner().parameter().is_some() =>
            {
                return Err(Failure::at(
                    span,
                    format!("{} has a trained parameter, so it is no plain function", entry.name),
                )
                .help("use it in a network, or one that is fixed here: leaky_relu(x, slope=0.25), swish(x)"));
            }
            Spec::Stage(Stage::Activation(activation)) => {
                (activation.inner().op(), &["one tensor"])
            }
            Spec::Loss(loss) => (loss.inner().op(), loss.inner().operands()),
            Spec::Metric(metric) => return metric::measure(metric, &operands, span),
            _ => return self.specified(spec, span),
        };
        if operands.len() != wanted.len() {
            return Err(wrong_operands(entry, wanted, span));
        }
        self.apply_op(&op, &operands, span)
    }

    fn apply_op(&mut self, op: &OpRef, operands: &[Value], span: Span) -> Result<Value, Failure> {
        self.apply(&|tape, vars| tape.apply(op, vars), operands, span)
    }

    /// Builds a specification from a call's arguments, each evaluated as its type asks for.
    pub(crate) fn build(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        arguments: &[&Argument],
        span: Span,
    ) -> Result<Spec, Failure> {
        self.build_with(kind, entry, None, arguments, span)
    }

    /// As [`Session::build`], with a first argument that is known already.
    pub(super) fn build_with(
        &mut self,
        kind: Kind,
        entry: &'static Entry,
        first: Option<(Json, Span)>,
        arguments: &[&Argument],
        span: Span,
    ) -> Result<Spec, Failure> {
        let (mut positional, mut positional_spans): (Vec<Json>, Vec<Span>) =
            first.into_iter().unzip();
        let (mut named, mut named_spans) = (Vec::new(), Vec::new());
        for argument in arguments {
            let value = &argument.value;
            match &argument.name {
                None if !named.is_empty() => {
                    return Err(Failure::at(
                        value.span,
                        "arguments with names stand behind those without",
                    ));
                }
                None => {
                    let ty = entry.arguments.get(positional.len()).map(|argument| argument.ty);
                    positional.push(self.argument(value, ty)?);
                    positional_spans.push(value.span);
                }
                Some((name, name_span)) => {
                    let ty = entry.argument(name).map(|argument| argument.ty);
                    named.push((name.clone(), self.argument(value, ty)?));
                    named_spans.push((*name_span, value.span));
                }
            }
        }
        tables::build(kind, entry.name, positional, named)
            .map_err(|error| at_argument(&error, span, &positional_spans, &named_spans))
    }

    /// An argument as JSON; where a specification is wanted, its own table is asked first.
    pub(crate) fn argument(&mut self, expr: &Expr, ty: Option<Type>) -> Result<Json, Failure> {
        // In a list of specifications each one is looked for in its own table too.
        if let (Some(Type::List(item)), ExprKind::List(items)) = (ty, &expr.kind)
            && wanted_kind(*item).is_some()
        {
            let items = items.iter().map(|value| self.argument(value, Some(*item)));
            return Ok(Json::Array(items.collect::<Result<_, _>>()?));
        }
        if ty == Some(Type::Network) {
            return self.network_argument(expr);
        }
        if let Some(kind) = ty.and_then(wanted_kind) {
            let (name, arguments): (_, &[Argument]) = match &expr.kind {
                ExprKind::Name(name) => (name, &[]),
                ExprKind::Call { callee, arguments } => match &callee.kind {
                    ExprKind::Name(name) => (name, arguments),
                    _ => return Ok(self.evaluate(expr)?.json()),
                },
                _ => return Ok(self.evaluate(expr)?.json()),
            };
            if !self.names.contains_key(name) {
                let entry = tables::find(kind, name).ok_or_else(|| {
                    let error = ArgumentError::unknown_name(name, tables::entries(kind));
                    let known: Vec<&str> =
                        tables::entries(kind).iter().map(|entry| entry.name).collect();
                    let help =
                        error.help().unwrap_or_else(|| format!("there are {}", known.join(", ")));
                    Failure::at(expr.span, format!("there is no {} `{name}`", kind.noun()))
                        .help(help)
                })?;
                let arguments: Vec<&Argument> = arguments.iter().collect();
                return Ok(self.build(kind, entry, &arguments, expr.span)?.json());
            }
        }
        Ok(self.evaluate(expr)?.json())
    }

    /// A network applied to samples: one of its input's shape, or a batch of them.
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
        let tracked = match &operand {
            Value::Tracked(_) => self.tape.take(),
            _ => None,
        };
        let mut workspace = match tracked {
            Some(tape) => Workspace::on(tape),
            None => Workspace::inference(),
        };
        let is_tracked = matches!(operand, Value::Tracked(_));
        let result = (|| {
            let x = match operand {
                Value::Tracked(var) => var,
                other => workspace.tape.constant(tensor(&other, value.span)?),
            };
            let shape = workspace.tape.value(x).shape();
            let sample = match model.network() {
                Some(network) => network.input(),
                None if shape.rank() > 1 => shape.without_batch(),
                None => shape,
            };
            let spec = model.spec().clone();
            model.build(sample).map_err(|error| Failure::training(&error, span, Some(&spec)))?;
            let single = shape == sample;
            let failed = |error| Failure::operation(&error, span);
            let x = match single {
                true => {
                    let batch =
                        shape.with_batch(1).map_err(|error| Failure::tensor(&error, span))?;
                    relume_autograd::ops::reshape(&mut workspace.tape, x, batch).map_err(failed)?
                }
                false => x,
            };
            let Some(mut network) = model.in_use() else {
                return Err(Failure::at(span, "the network has no weights yet"));
            };
            let y = network
                .forward(&mut workspace, x, Mode::Inference)
                .map_err(|error| Failure::at(value.span, error.to_string()))?;
            match single {
                true => {
                    let shape = workspace.tape.value(y).shape().without_batch();
                    relume_autograd::ops::reshape(&mut workspace.tape, y, shape).map_err(failed)
                }
                false => Ok(y),
            }
        })();
        match (result, is_tracked) {
            (Ok(y), false) => Ok(Value::Tensor(workspace.tape.value(y).clone())),
            (result, true) => {
                self.tape = Some(workspace.tape);
                result.map(Value::Tracked)
            }
            (Err(failure), false) => Err(failure),
        }
    }
}

/// Too many or too few tensors for what a table's function is applied to.
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

/// An error of arguments, its caret under the one that is wrong.
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
