//! Functions of the user's as activation functions: `swoosh(x) = x * sigmoid(1.5 * x)` is a stage of a network.

use super::describe;
use super::inline::{Inliner, Scope, Written, is_param};
use super::network::Joined;
use super::statements::place_of;
use crate::failure::CallPlace;
use crate::syntax::{Argument, Body, Expr, ExprKind, Parameter, Span};
use crate::tables;
use crate::{Failure, Function, Session, Value};
use relume_activations::{ActivationSpec, Constant, Definition, Formula, FormulaError};
use relume_catalog::Kind;

/// A refusal, and whether its place is in the text of the function.
struct Refused(Failure, bool);

/// Constants of a function by their names.
type Constants = [(String, Constant)];

impl Session {
    /// A function or a layer of a network as the stage that it is, where layers are wanted; other values stay.
    pub(crate) fn as_stage(&mut self, value: Value, span: Span) -> Result<Value, Failure> {
        match value {
            Value::Function(function) => self.stage_of(&function, &[], span),
            Value::Layer(model, index) => {
                let part = model.slice(index..index + 1);
                let part = part.map_err(|error| Failure::training(&error, span, None))?;
                Ok(Value::Network(Box::new(part)))
            }
            other => Ok(other),
        }
    }

    /// A function with some of its constants as a stage.
    fn stage_of(
        &mut self,
        function: &Function,
        constants: &Constants,
        span: Span,
    ) -> Result<Value, Failure> {
        let formula = self.formula(function, constants, span)?;
        let stage = ActivationSpec::from(formula).into();
        self.network_value(Joined::stage(stage, Vec::new(), span))
    }

    /// The stage that a call gives which has constants alone: `swoosh(beta=2)`. None if it has a number too or nothing
    /// at all, or not all that has no default.
    ///
    /// # Errors
    /// A name that the function does not have, what is no constant, and a function that is no activation.
    pub(super) fn called_stage(
        &mut self,
        function: &Function,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Option<Value>, Failure> {
        let parameters = &function.definition.parameters;
        let Some((input, rest)) = parameters.split_first() else { return Ok(None) };
        let mut given: Vec<(&Parameter, &Expr)> = Vec::new();
        for Argument { name, value } in arguments {
            let Some((name, at)) = name else { return Ok(None) };
            let own = &parameters[place_of(function, name, *at)?];
            if given.iter().any(|(other, _)| other.name.text == own.name.text) {
                let message = format!("{} is given `{name}` twice", function.name());
                return Err(Failure::at(*at, message).help(function.usage()));
            }
            given.push((own, value));
        }
        let is_given =
            |own: &Parameter| given.iter().any(|(other, _)| other.name.text == own.name.text);
        let is_complete = rest.iter().all(|own| own.default.is_some() || is_given(own));
        if given.is_empty() || input.default.is_some() || is_given(input) || !is_complete {
            return Ok(None);
        }
        // Before anything is evaluated: a function of another kind is one that lacks its first argument.
        let any: Vec<(String, Constant)> =
            given.iter().map(|(own, _)| (own.name.text.clone(), Constant::Fixed(1.0))).collect();
        if let Err(Refused(failure, is_inside)) = self.written_out(function, &any, span) {
            let message = format!("{} needs `{}`", function.name(), input.name.text);
            let body = &function.definition.body;
            let makes_layers = matches!(body, Body::Expression(body) if gives_layers(body));
            let reason = match is_inside && !makes_layers {
                true => {
                    format!("; it is no activation function: {}", failure.diagnostic.message)
                }
                false => String::new(),
            };
            return Err(Failure::at(span, message).help(function.usage() + &reason));
        }
        let mut constants = Vec::with_capacity(given.len());
        for (own, value) in given {
            let constant = self.given_constant(function, &own.name.text, value)?;
            constants.push((own.name.text.clone(), constant));
        }
        self.stage_of(function, &constants, span).map(Some)
    }

    /// A constant that a call gives: a number, or `param(...)`.
    fn given_constant(
        &mut self,
        function: &Function,
        name: &str,
        expr: &Expr,
    ) -> Result<Constant, Failure> {
        if is_param(expr) && !self.names.contains_key("param") {
            return self.constant(expr, &Scope::new());
        }
        let value = self.evaluate(expr)?;
        let number = match &value {
            Value::Number(x) => Some(*x),
            Value::Tensor(tensor) => tensor.item().map(super::widened),
            _ => None,
        };
        let usage = format!("{0}({name}=2), or {0}({name}=param(2)) to train it", function.name());
        match number {
            Some(x) if (x as f32).is_finite() => Ok(Constant::Fixed(x)),
            Some(_) => Err(Failure::at(expr.span, format!("`{name}` is a finite number"))),
            None => Err(Failure::at(
                expr.span,
                format!("`{name}` of {} is a number, not {}", function.name(), describe(&value)),
            )
            .help(usage)),
        }
    }

    /// The formula of a function, with some of its constants given.
    ///
    /// # Errors
    /// The first thing that cannot stand in an activation function, with its place in the function.
    fn formula(
        &mut self,
        function: &Function,
        constants: &Constants,
        span: Span,
    ) -> Result<Formula, Failure> {
        self.written_out(function, constants, span).map_err(|Refused(failure, is_inside)| {
            let name = function.name().to_string();
            match is_inside {
                true => failure.inside(
                    &function.text,
                    CallPlace { function: name, span, text: self.text.clone() },
                ),
                false => failure,
            }
        })
    }

    fn written_out(
        &self,
        function: &Function,
        given: &Constants,
        span: Span,
    ) -> Result<Formula, Refused> {
        let inside = |failure| Refused(failure, true);
        let (name, parameters) = (function.name().to_string(), &function.definition.parameters);
        let Some((input, rest)) = parameters.split_first() else {
            let message = format!("a layer is wanted here, not {name}, a function of nothing");
            return Err(Refused(Failure::at(span, message), false));
        };
        let mut scope = Scope::new();
        let input = &input.name;
        scope.insert(input.text.clone(), Written::name(&input.text, input.span));
        let mut constants = Vec::new();
        for parameter in rest {
            let own = parameter.name.text.clone();
            let given = given.iter().find(|(name, _)| *name == own).map(|(_, constant)| *constant);
            let default = parameter.default.as_ref();
            let default = default.map(|default| self.constant(default, &scope)).transpose();
            let constant = match (given, default.map_err(inside)?) {
                // A trained constant stays one: the number is where its training begins.
                (Some(Constant::Fixed(first)), Some(Constant::Trained { shape, .. })) => {
                    Constant::Trained { first, shape }
                }
                (Some(given), _) => given,
                (None, Some(default)) => default,
                (None, None) => {
                    return Err(Refused(not_of_one(function, parameter, span), false));
                }
            };
            scope.insert(own.clone(), Written::name(&own, parameter.name.span));
            constants.push((own, constant));
        }
        let body = Inliner::new(self).body(function, scope).map_err(inside)?.expr;
        if gives_layers(&body) {
            let failure =
                Failure::at(span, "a layer is wanted here, not a function that gives one");
            return Err(Refused(failure.help(format!("call it: {}", function.usage())), false));
        }
        let definition = Definition { name, input: input.text.clone(), constants, body };
        definition.check().map_err(|error| inside(refused(&error)))?;
        // What is written out may be longer than a text can be.
        Formula::of(&definition).map_err(|error| {
            Refused(Failure::at(span, format!("written out, {}", error.message)), false)
        })
    }

    /// A constant of its expression: a number, or `param(...)`.
    fn constant(&self, expr: &Expr, scope: &Scope) -> Result<Constant, Failure> {
        let written = Inliner::new(self).expression(expr, scope)?.expr;
        Constant::read(&written).map_err(|error| refused(&error))
    }
}

/// Whether an expression makes stages of a network.
fn gives_layers(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Chain(_) => true,
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Name(name) if tables::find(Kind::Layer, name).is_some())
        }
        _ => false,
    }
}

fn refused(error: &FormulaError) -> Failure {
    let failure = Failure::at(error.span, error.message.clone());
    error.help.iter().cloned().fold(failure, Failure::help)
}

/// A function that needs more than a number.
fn not_of_one(function: &Function, parameter: &Parameter, span: Span) -> Failure {
    let (name, own) = (function.name(), &parameter.name.text);
    Failure::at(span, format!("a layer is wanted here; {name} needs `{own}` beside a number")).help(
        format!(
            "give `{own}` a value, {own}=1 or {own}=param(1), or call what gives layers: {}",
            function.usage()
        ),
    )
}
