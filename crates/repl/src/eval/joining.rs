//! Strings and lists under `+` and `*`.

use super::{describe, widened};
use crate::syntax::{Binary, Expr, ExprKind, Span};
use crate::{Failure, Session, Value};

/// Strings and lists that become longer than this are a slip of the finger.
const LONGEST: usize = 10_000_000;

/// How many times something of a length may be repeated.
fn times(count: f64, length: usize, span: Span) -> Result<usize, Failure> {
    if count.fract() != 0.0 || count < 0.0 {
        return Err(Failure::at(span, "it is repeated a whole number of times"));
    }
    if count * length as f64 > LONGEST as f64 {
        return Err(Failure::at(span, "this would be too long"));
    }
    Ok(count as usize)
}

impl Session {
    /// `"a" + "b"`, `"a" * 3`; a string and something else are joined by an f-string, which is shown.
    pub(super) fn texts(
        &self,
        operator: Binary,
        (a, left): (&Value, Option<&Expr>),
        (b, right): (&Value, Option<&Expr>),
        span: Span,
    ) -> Result<Value, Failure> {
        match (operator, a, b) {
            (Binary::Add, Value::Text(a), Value::Text(b)) if a.len() + b.len() <= LONGEST => {
                Ok(Value::Text(format!("{a}{b}")))
            }
            (Binary::Mul, Value::Text(text), Value::Number(count))
            | (Binary::Mul, Value::Number(count), Value::Text(text)) => {
                Ok(Value::Text(text.repeat(times(*count, text.len(), span)?)))
            }
            (Binary::Add, Value::Text(_), Value::Text(_)) => {
                Err(Failure::at(span, "this would be too long"))
            }
            (Binary::Add, a, b) => Err({
                let message = format!("{} cannot be joined to {}", describe(b), describe(a));
                let failure = Failure::at(span, message);
                match (left, right) {
                    (Some(left), Some(right)) => failure.help(format!(
                        "write f\"{}{}\"",
                        self.as_template(left),
                        self.as_template(right)
                    )),
                    _ => failure.help("write the value into an f-string: f\"lr {x}\""),
                }
            }),
            (_, a, b) => {
                let (a, b) = (describe(a), describe(b));
                let message = format!("`{}` is not defined for {a} and {b}", operator.symbol());
                Err(Failure::at(span, message).help("strings are joined by + and repeated by *"))
            }
        }
    }

    /// An expression as a part of an f-string.
    fn as_template(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Text(text) => text
                .replace('{', "{{")
                .replace('}', "}}")
                .replace('\\', "\\\\")
                .replace('"', "\\\""),
            ExprKind::Binary(Binary::Add, left, right) => {
                self.as_template(left) + &self.as_template(right)
            }
            _ => format!("{{{}}}", expr.span.of(&self.text.text)),
        }
    }
}

/// `[a] + [b]`, `[a] * 3`; none if this is no operation of lists.
pub(super) fn lists(
    operator: Binary,
    a: &Value,
    b: &Value,
    span: Span,
) -> Result<Option<Value>, Failure> {
    match (operator, a, b) {
        (Binary::Mul, Value::List(items), Value::Number(count))
        | (Binary::Mul, Value::Number(count), Value::List(items)) => {
            let count = times(*count, items.len(), span)?;
            let all = items.iter().cycle().take(count * items.len()).cloned();
            Ok(Some(Value::List(all.collect())))
        }
        (Binary::Add, a, b) => match (items(a), items(b)) {
            (Some(a), Some(b)) if a.len() + b.len() <= LONGEST => {
                Ok(Some(Value::List(a.into_iter().chain(b).collect())))
            }
            (Some(_), Some(_)) => Err(Failure::at(span, "this would be too long")),
            _ => Err(Failure::at(
                span,
                format!("{} and {} cannot be joined", describe(a), describe(b)),
            )
            .help("a list is joined with a list: xs + [x]")),
        },
        _ => Ok(None),
    }
}

/// Adds the items of a list or of a tensor to a list; whether it could.
pub(super) fn append(list: &mut Vec<Value>, more: &Value) -> bool {
    match items(more) {
        Some(more) if list.len() + more.len() <= LONGEST => {
            list.extend(more);
            true
        }
        _ => false,
    }
}

/// The items of a list; of a row of numbers, its numbers.
fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(items) => Some(items.clone()),
        Value::Tensor(tensor) if tensor.rank() == 1 => {
            Some(tensor.data().iter().map(|&x| Value::Number(widened(x))).collect())
        }
        Value::Tensor(tensor) if tensor.rank() > 1 => {
            (0..tensor.dims()[0]).map(|i| tensor.at(i).ok().map(Value::Tensor)).collect()
        }
        _ => None,
    }
}
