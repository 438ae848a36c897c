//! Arithmetic and comparison.

use super::network::Joined;
use super::{Operation, describe};
use crate::syntax::{Binary, Expr, Span};
use crate::{Failure, Session, Value};
use relume_autograd::ops;
use relume_layers::NetworkSpec;
use relume_training::Weights;

/// Networks of more stages than this are a slip of the finger.
const MOST_STAGES: usize = 10_000;

impl Session {
    pub(super) fn negate(&mut self, value: &Value, span: Span) -> Result<Value, Failure> {
        match value {
            Value::Number(x) => Ok(Value::Number(-x)),
            other => self.apply(&|tape, v| ops::neg(tape, v[0]), std::slice::from_ref(other), span),
        }
    }

    pub(super) fn binary(
        &mut self,
        operator: Binary,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Result<Value, Failure> {
        if let Binary::And | Binary::Or = operator {
            let first = self.condition(left)?;
            let decided = first == (operator == Binary::Or);
            return Ok(Value::Boolean(if decided { first } else { self.condition(right)? }));
        }
        let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
        if let Some(operation) = tensor_operation(operator) {
            return match (&a, &b) {
                (Value::Number(a), Value::Number(b)) if operator != Binary::MatMul => {
                    Ok(Value::Number(number_operation(operator, *a, *b)))
                }
                (Value::Network(model), Value::Number(times)) if operator == Binary::Mul => {
                    let weights = self.weights_of(left, model);
                    self.repeat_network(model.spec(), weights, (*times, right.span))
                }
                _ => self.apply(operation, &[a, b], span),
            };
        }
        compare(operator, &a, &b, span).map(Value::Boolean)
    }

    fn condition(&mut self, expr: &Expr) -> Result<bool, Failure> {
        match self.evaluate(expr)? {
            Value::Boolean(b) => Ok(b),
            other => Err(Failure::at(
                expr.span,
                format!("a condition is wanted here, not {}", other.kind()),
            )),
        }
    }

    /// A chain joined to itself so many times; each copy has the weights of the first.
    fn repeat_network(
        &mut self,
        spec: &NetworkSpec,
        weights: Option<Weights>,
        (times, span): (f64, Span),
    ) -> Result<Value, Failure> {
        let stages = spec.layers.len();
        let whole = times.fract() == 0.0 && times >= 1.0;
        if !whole || times * stages as f64 > MOST_STAGES as f64 {
            return Err(Failure::at(
                span,
                format!(
                    "a chain is repeated a whole number of times, at least once, and up to {MOST_STAGES} stages in all"
                ),
            ));
        }
        let mut joined = Joined::default();
        for _ in 0..times as usize {
            joined.push(spec.clone(), weights.clone(), span);
        }
        self.network_value(joined)
    }
}

fn number_operation(operator: Binary, a: f64, b: f64) -> f64 {
    match operator {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        _ => a.powf(b),
    }
}

fn tensor_operation(operator: Binary) -> Option<Operation<'static>> {
    Some(match operator {
        Binary::Add => &|tape, v| ops::add(tape, v[0], v[1]),
        Binary::Sub => &|tape, v| ops::sub(tape, v[0], v[1]),
        Binary::Mul => &|tape, v| ops::mul(tape, v[0], v[1]),
        Binary::Div => &|tape, v| ops::div(tape, v[0], v[1]),
        Binary::Pow => &|tape, v| ops::pow(tape, v[0], v[1]),
        Binary::MatMul => &|tape, v| ops::matmul(tape, v[0], v[1]),
        _ => return None,
    })
}

/// A value as a single number, if it is one.
fn single(value: &Value) -> Option<f64> {
    match value {
        Value::Number(x) => Some(*x),
        Value::Tensor(tensor) | Value::Sample(tensor, _) => tensor.item().map(f64::from),
        _ => None,
    }
}

fn compare(operator: Binary, a: &Value, b: &Value, span: Span) -> Result<bool, Failure> {
    let equal = match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Tensor(a) | Value::Sample(a, _), Value::Tensor(b) | Value::Sample(b, _)) => {
            Some(a == b)
        }
        (Value::Network(a), Value::Network(b)) => Some(a.spec() == b.spec()),
        _ => None,
    };
    // A literal is a double, a result a float: they are compared as floats.
    let order = match (single(a), single(b)) {
        (Some(x), Some(y)) if matches!((a, b), (Value::Number(_), Value::Number(_))) => {
            x.partial_cmp(&y)
        }
        (Some(x), Some(y)) => (x as f32).partial_cmp(&(y as f32)),
        _ => None,
    };
    let numbers = single(a).is_some() && single(b).is_some();
    let wrong = || {
        let sides = format!("{} and {} cannot be compared", describe(a), describe(b));
        Err(Failure::at(span, sides))
    };
    match operator {
        Binary::Equal if numbers => Ok(order.is_some_and(|order| order.is_eq())),
        Binary::NotEqual if numbers => Ok(order.is_none_or(|order| order.is_ne())),
        Binary::Equal => equal.map_or_else(wrong, Ok),
        Binary::NotEqual => equal.map_or_else(wrong, |equal| Ok(!equal)),
        _ if !numbers => wrong(),
        Binary::Less => Ok(order.is_some_and(|order| order.is_lt())),
        Binary::LessEqual => Ok(order.is_some_and(|order| order.is_le())),
        Binary::Greater => Ok(order.is_some_and(|order| order.is_gt())),
        _ => Ok(order.is_some_and(|order| order.is_ge())),
    }
}
