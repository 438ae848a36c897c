//! Functions of the user's as activation functions: `swoosh(x) = x * sigmoid(1.5 * x)` is a stage of a network.

use super::inline::{Inliner, Scope, Written};
use super::network::Joined;
use crate::failure::CallPlace;
use crate::syntax::{Argument, Expr, ExprKind, Parameter, Span};
use crate::tables;
use crate::{Failure, Function, Session, Value};
use relume_activations::{ActivationSpec, Constant, Definition, Formula, FormulaError};
use relume_catalog::Kind;

/// A refusal, and whether its place is in the text of the function.
struct Refused(Failure, bool);

impl Session {
    /// A function as the stage that it is, where layers are wanted; other values stay.
    pub(crate) fn as_stage(&mut self, value: Value, span: Span) -> Result<Value, Failure> {
        match value {
            Value::Function(function) => self.stage_of(&function, &[], span),
            other => Ok(other),
        }
    }

    /// A function with some of its constants as a stage.
    fn stage_of(
        &mut self,
        function: &Function,
        constants: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        let formula = self.formula(function, constants, span)?;
        let stage = ActivationSpec::from(formula).into();
        self.network_value(Joined::stage(stage, Vec::new(), span))
    }

    /// The stage that a call gives which has constants alone: `swoosh(beta=2)`. None if it has a number too or nothing
    /// at all, which is a call that lacks its number, or if the function is none of one number.
    pub(super) fn called_stage(
        &mut self,
        function: &Function,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Option<Value>, Failure> {
        let parameters = &function.definition.parameters;
        let Some((input, constants)) = parameters.split_first() else { return Ok(None) };
        let names = |own: &Parameter| {
            let is = |argument: &&Argument| {
                argument.name.as_ref().is_some_and(|(name, _)| *name == own.name.text)
            };
            arguments.iter().any(|argument| is(&argument))
        };
        let is_complete = constants.iter().all(|own| own.default.is_some() || names(own));
        let has_all_names = arguments.iter().all(|argument| argument.name.is_some());
        if arguments.is_empty()
            || input.default.is_some()
            || names(input)
            || !is_complete
            || !has_all_names
        {
            return Ok(None);
        }
        // A function that makes layers says what it needs.
        Ok(self.stage_of(function, arguments, span).ok())
    }

    /// The formula of a function, with some of its constants given.
    ///
    /// # Errors
    /// The first thing that cannot stand in an activation function, with its place in the function.
    pub(crate) fn formula(
        &mut self,
        function: &Function,
        constants: &[Argument],
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
        given: &[Argument],
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
            let own = given.iter().find(|argument| {
                argument.name.as_ref().is_some_and(|(own, _)| *own == parameter.name.text)
            });
            let constant = match (own, &parameter.default) {
                (Some(Argument { value, .. }), _) => {
                    self.constant(value, &scope).map_err(|failure| Refused(failure, false))?
                }
                (None, Some(default)) => self.constant(default, &scope).map_err(inside)?,
                (None, None) => {
                    return Err(Refused(not_of_one(function, parameter, span), false));
                }
            };
            let own = parameter.name.text.clone();
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
        let formula = Formula::from(definition);
        // What is written out may be longer than a text can be.
        formula.read().map_err(|error| {
            Refused(Failure::at(span, format!("written out, {}", error.message)), false)
        })?;
        Ok(formula)
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
