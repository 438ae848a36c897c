//! Parsing the text of a specification: `adam(0.01, betas=[0.9, 0.99], fallback=sgd(lr=0.1))`.

use crate::syntax::{self, Argument, Expr, ExprKind, Span, SyntaxError, Unary};
use crate::{ArgumentError, Map, Problem, Value};

/// A call as it is written, before its arguments are checked against an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The name that is called.
    pub name: String,
    /// The arguments without names.
    pub positional: Vec<Value>,
    /// The arguments with names.
    pub named: Vec<(String, Value)>,
}

/// Parses a call: a name, or a name with arguments in brackets. Arguments are numbers, strings, `true`, `false`,
/// `none`, lists, and calls of other specifications, whose own arguments go by name, as they are printed. Networks are
/// not supported as arguments here.
///
/// # Errors
/// The first place that cannot be parsed.
pub fn parse_call(text: &str) -> Result<Call, ArgumentError> {
    syntax::expression(text).and_then(|expr| call(&expr)).map_err(|error| {
        let SyntaxError { span, message, .. } = error;
        ArgumentError::whole(text, Problem::Syntax { at: span.start, message })
    })
}

fn wrong<T>(span: Span, message: &str) -> Result<T, SyntaxError> {
    Err(SyntaxError::new(span, message))
}

fn call(expr: &Expr) -> Result<Call, SyntaxError> {
    let (name, arguments): (_, &[Argument]) = match &expr.kind {
        ExprKind::Name(name) => (name, &[]),
        ExprKind::Call { callee, arguments } => match &callee.kind {
            ExprKind::Name(name) => (name, arguments),
            _ => return wrong(callee.span, "a name is wanted here"),
        },
        _ => return wrong(expr.span, "a name is wanted here, or a name with arguments"),
    };
    let mut call = Call { name: name.clone(), positional: Vec::new(), named: Vec::new() };
    for Argument { name, value: given } in arguments {
        match name {
            Some((name, _)) => call.named.push((name.clone(), value(given)?)),
            None if !call.named.is_empty() => {
                return wrong(given.span, "arguments without names stand before those with names");
            }
            None => call.positional.push(value(given)?),
        }
    }
    Ok(call)
}

/// A plain value, or another specification.
fn value(expr: &Expr) -> Result<Value, SyntaxError> {
    match &expr.kind {
        ExprKind::Name(name) if name == "none" => Ok(Value::Null),
        ExprKind::Name(_) | ExprKind::Call { .. } => {
            let Call { name, positional, named } = call(expr)?;
            match positional.is_empty() {
                true => {
                    let arguments = Value::Object(named.into_iter().collect());
                    Ok(Value::Object(Map::from_iter([(name, arguments)])))
                }
                false => wrong(expr.span, "the arguments of a specification inside go by name"),
            }
        }
        ExprKind::List(items) => items.iter().map(value).collect(),
        _ => match literal(expr) {
            Some(value) => Ok(value),
            None => wrong(expr.span, "a value is wanted here"),
        },
    }
}

/// The value of a number, a string or a truth value.
pub fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Number(x) => Some(number(*x)),
        ExprKind::Unary(Unary::Minus, operand) => match operand.kind {
            ExprKind::Number(x) => Some(number(-x)),
            _ => None,
        },
        ExprKind::Text(text) => Some(Value::from(text.as_str())),
        ExprKind::Boolean(b) => Some(Value::from(*b)),
        _ => None,
    }
}

fn number(x: f64) -> Value {
    match x.fract() == 0.0 && x.abs() < 9e15 {
        true => Value::from(x as i64),
        false => Value::from(x),
    }
}
