//! Arithmetic and comparison.

use super::functions::bounds;
use super::joining::lists;
use super::network::{Joined, Place};
use super::{Operation, tensor};
use crate::syntax::{Binary, Expr, Span};
use crate::{Failure, Session, Value};
use relume_autograd::ops;
use relume_layers::NetworkSpec;
use relume_tensor::Tensor;
use relume_training::Weights;

/// The most stages of a network: more are probably a typing error.
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
            let first = self.condition(left, "a condition is wanted here")?;
            let decided = first == (operator == Binary::Or);
            let rest = |session: &mut Self| session.condition(right, "a condition is wanted here");
            return Ok(Value::Boolean(if decided { first } else { rest(self)? }));
        }
        let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
        match operator {
            Binary::In | Binary::NotIn => {
                let found = self.contains(&b, &a, right.span)?;
                Ok(Value::Boolean(found == (operator == Binary::In)))
            }
            _ if is_arithmetic(operator) => {
                self.combined(operator, (a, Some(left)), (b, Some(right)), span)
            }
            _ => {
                let (a, b) = (self.concrete(a), self.concrete(b));
                self.compare(operator, &a, &b, span)
            }
        }
    }

    /// The result of an arithmetic operator, for values that were written as expressions, if they were.
    pub(super) fn combined(
        &mut self,
        operator: Binary,
        (a, left): (Value, Option<&Expr>),
        (b, right): (Value, Option<&Expr>),
        span: Span,
    ) -> Result<Value, Failure> {
        match (&a, &b) {
            (Value::Number(a), Value::Number(b)) if operator != Binary::MatMul => {
                return Ok(Value::Number(number_operation(operator, *a, *b)));
            }
            (Value::Network(model), Value::Number(times)) if operator == Binary::Mul => {
                let weights = left.and_then(|left| self.weights_of(left, model, Place::Beginning));
                let at = right.map_or(span, |right| right.span);
                return self.repeat_network(model.spec(), weights, (*times, at));
            }
            (Value::Text(_), _) | (_, Value::Text(_)) => {
                return self.texts(operator, (&a, left), (&b, right), span);
            }
            (Value::List(_), _) | (_, Value::List(_))
                if matches!(operator, Binary::Add | Binary::Mul) =>
            {
                if let Some(list) = lists(operator, &a, &b, span)? {
                    return Ok(list);
                }
            }
            _ => {}
        }
        self.check_size(operator, &a, &b, span)?;
        match tensor_operation(operator) {
            Some(operation) => self.apply(operation, &[a, b], span),
            None => self.remainder(&a, &b, span),
        }
    }

    /// Refuses an operation whose result would be too large, before it is computed.
    fn check_size(
        &self,
        operator: Binary,
        a: &Value,
        b: &Value,
        span: Span,
    ) -> Result<(), Failure> {
        let shape = |value: &Value| match (value, &self.tape) {
            (Value::Tensor(tensor) | Value::Mask(tensor) | Value::Sample(tensor, _), _) => {
                Some(tensor.shape())
            }
            (Value::Tracked(var), Some(tape)) => tape.get(*var).ok().map(Tensor::shape),
            _ => None,
        };
        match (shape(a), shape(b)) {
            (Some(a), Some(b)) if operator == Binary::MatMul => bounds::product(a, b, span),
            (Some(a), Some(b)) => bounds::broadcast(a, b, span),
            _ => Ok(()),
        }
    }

    /// `a % b` of tensors, with the sign of `b`; the derivative by `b` is that of the whole quotient times `b`.
    fn remainder(&mut self, a: &Value, b: &Value, span: Span) -> Result<Value, Failure> {
        let [x, y] = [self.concrete(a.clone()), self.concrete(b.clone())];
        let quotient = self.apply(&|tape, v| ops::div(tape, v[0], v[1]), &[x, y], span)?;
        let whole = Value::Tensor(tensor(&quotient, span)?.map(f32::floor));
        let part = self.apply(&|tape, v| ops::mul(tape, v[0], v[1]), &[b.clone(), whole], span)?;
        self.apply(&|tape, v| ops::sub(tape, v[0], v[1]), &[a.clone(), part], span)
    }

    /// A chain repeated so many times; each copy has the weights of the first.
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
        Binary::Rem => remainder(a, b),
        _ => a.powf(b),
    }
}

/// The rest of a division, with the sign of the divisor: -7 % 3 is 2.
fn remainder(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
}

/// Whether an operator is arithmetic.
fn is_arithmetic(operator: Binary) -> bool {
    operator == Binary::Rem || tensor_operation(operator).is_some()
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
