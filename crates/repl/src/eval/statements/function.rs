//! Functions of the user's: their definition and their calls.

use super::Flow;
use crate::failure::CallPlace;
use crate::syntax::{self, Argument, Body, Span};
use crate::tables::{self, KINDS};
use crate::{ExitCode, Failure, Function, Session, Value};
use relume_catalog::{Kind, nearest};
use std::sync::Arc;

/// Functions that call one another, at most so deep.
const DEEPEST: usize = 200;

/// How much of the stack functions may use before a call is refused.
const MOST_STACK: usize = 1 << 20;

/// Where the stack stands.
#[inline(never)]
fn stack() -> usize {
    let here = 0u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

impl Session {
    /// Remembers where the stack stands, if it is not remembered yet.
    pub(crate) fn begin_stack(&mut self) {
        self.stack.get_or_insert_with(stack);
    }

    /// A name of the language that is hidden by a function is said.
    pub(super) fn define_function(&mut self, definition: &Arc<syntax::Function>) {
        let name = &definition.name.text;
        let kinds = KINDS.iter().chain(&[Kind::Function]);
        let hidden = kinds.copied().find(|&kind| tables::find(kind, name).is_some());
        if let Some(kind) = hidden
            && !self.names.contains_key(name)
        {
            self.output.remark(&format!(
                "{name} hides the {} of that name; `delete {name}` brings it back",
                kind.noun()
            ));
        }
        let function = Function { definition: definition.clone(), text: self.text.clone() };
        self.names.set_path(name, None);
        self.names.insert(name, Value::Function(function));
    }

    /// What a function gives for arguments.
    pub(crate) fn call_function(
        &mut self,
        function: &Function,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Value, Failure> {
        if self.is_looking_ahead {
            // What a function does besides is not to be done twice.
            return Err(Failure::at(span, "functions are not called before the first line runs"));
        }
        self.refuse_if_interrupted(span)?;
        let given = self.bind(function, arguments, span)?;
        let used = self.stack.map_or(0, |base| base.abs_diff(stack()));
        if self.names.depth() >= DEEPEST || used > MOST_STACK {
            let message = format!(
                "functions call one another too deeply: {} are running",
                self.names.depth()
            );
            return Err(Failure::at(span, message).help(
                "a function that calls itself needs a case in which it does not; or write a loop",
            ));
        }
        let outer = std::mem::replace(&mut self.text, function.text.clone());
        self.names.enter();
        let result = self.run_function(function, given);
        self.names.leave();
        self.text = outer;
        result.map_err(|failure| match failure.code {
            ExitCode::Interrupted => failure,
            _ => {
                let name = function.name().to_string();
                failure.inside(
                    &function.text,
                    CallPlace { function: name, span, text: self.text.clone() },
                )
            }
        })
    }

    /// The values of the parameters; none for those whose default counts.
    fn bind(
        &mut self,
        function: &Function,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Vec<Option<Value>>, Failure> {
        let parameters = &function.definition.parameters;
        let mut given: Vec<Option<Value>> = vec![None; parameters.len()];
        let mut next = 0;
        for argument in arguments {
            let (place, at) = match &argument.name {
                None => (next, argument.value.span),
                Some((name, at)) => (place_of(function, name, *at)?, *at),
            };
            next += usize::from(argument.name.is_none());
            let wrong = |message: String| Err(Failure::at(at, message).help(function.usage()));
            match given.get_mut(place) {
                None => {
                    let count = count_of(parameters.len(), "argument");
                    return wrong(format!("{} takes at most {count}", function.name()));
                }
                Some(Some(_)) => {
                    let own = &parameters[place].name.text;
                    return wrong(format!("{} is given `{own}` twice", function.name()));
                }
                Some(slot) => *slot = Some(self.evaluate(&argument.value)?),
            }
        }
        let mut all = parameters.iter().zip(&given);
        match all.find(|(own, value)| value.is_none() && own.default.is_none()) {
            Some((own, _)) => {
                let message = format!("{} needs `{}`", function.name(), own.name.text);
                Err(Failure::at(span, message).help(function.usage()))
            }
            None => Ok(given),
        }
    }

    /// Runs a function's body with the values of its parameters; defaults may use the parameters before them.
    fn run_function(
        &mut self,
        function: &Function,
        given: Vec<Option<Value>>,
    ) -> Result<Value, Failure> {
        let definition = &function.definition;
        for (parameter, value) in definition.parameters.iter().zip(given) {
            let value = match (value, &parameter.default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.evaluate(default)?,
                (None, None) => Value::Nothing,
            };
            self.names.insert(&parameter.name.text, value);
        }
        match &definition.body {
            Body::Expression(expr) => self.evaluate(expr),
            Body::Block(statements) => match self.last_value(statements)? {
                Flow::Return(value) => Ok(value),
                _ => Ok(Value::Nothing),
            },
        }
    }
}

/// The place of the parameter of a name.
pub(in crate::eval) fn place_of(
    function: &Function,
    name: &str,
    at: Span,
) -> Result<usize, Failure> {
    let parameters = &function.definition.parameters;
    let place = parameters.iter().position(|own| own.name.text == *name);
    place.ok_or_else(|| no_parameter(function, name, at))
}

/// A name that no parameter has.
pub(in crate::eval) fn no_parameter(function: &Function, name: &str, at: Span) -> Failure {
    let parameters = &function.definition.parameters;
    let failure = Failure::at(at, format!("{} has no parameter `{name}`", function.name()));
    match nearest(name, parameters.iter().map(|own| own.name.text.as_str())) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None => failure.help(function.usage()),
    }
}

/// So many of something.
fn count_of(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
