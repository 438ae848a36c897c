//! Comparison: of single values, and of tensors number by number.

use super::{describe, tensor};
use crate::syntax::{Binary, Span};
use crate::{Failure, Session, Value};
use relume_tensor::Tensor;
use std::cmp::Ordering;

/// A value as a single number, if it is one.
fn single(value: &Value) -> Option<f64> {
    match value {
        Value::Number(x) => Some(*x),
        Value::Tensor(tensor) | Value::Sample(tensor, _) => tensor.item().map(f64::from),
        _ => None,
    }
}

fn is_tensor(value: &Value) -> bool {
    matches!(value, Value::Tensor(_) | Value::Sample(..) | Value::Mask(_))
}

/// Whether an ordering is what an operator asks for; not a number is different from everything.
fn holds(operator: Binary, order: Option<Ordering>) -> bool {
    match operator {
        Binary::Equal => order.is_some_and(Ordering::is_eq),
        Binary::NotEqual => order.is_none_or(Ordering::is_ne),
        Binary::Less => order.is_some_and(Ordering::is_lt),
        Binary::LessEqual => order.is_some_and(Ordering::is_le),
        Binary::Greater => order.is_some_and(Ordering::is_gt),
        _ => order.is_some_and(Ordering::is_ge),
    }
}

impl Session {
    /// A truth value; of a tensor of several numbers a mask.
    pub(super) fn compare(
        &mut self,
        operator: Binary,
        a: &Value,
        b: &Value,
        span: Span,
    ) -> Result<Value, Failure> {
        if let (Some(x), Some(y)) = (single(a), single(b)) {
            // A literal is a double, a result a float: they are compared as floats.
            let order = match (a, b) {
                (Value::Number(_), Value::Number(_)) => x.partial_cmp(&y),
                _ => (x as f32).partial_cmp(&(y as f32)),
            };
            return Ok(Value::Boolean(holds(operator, order)));
        }
        if (is_tensor(a) && (is_tensor(b) || single(b).is_some()))
            || (is_tensor(b) && single(a).is_some())
        {
            return masked(operator, &tensor(a, span)?, &tensor(b, span)?, span);
        }
        if let (Value::Text(a), Value::Text(b)) = (a, b) {
            return Ok(Value::Boolean(holds(operator, Some(a.cmp(b)))));
        }
        match (operator, equal(a, b)) {
            (Binary::Equal, Some(equal)) => Ok(Value::Boolean(equal)),
            (Binary::NotEqual, Some(equal)) => Ok(Value::Boolean(!equal)),
            _ => {
                let sides = format!("{} and {} cannot be compared", describe(a), describe(b));
                Err(Failure::at(span, sides))
            }
        }
    }

    /// Whether something is in a string, a list, a tensor, a range or among the fields of a record.
    pub(super) fn contains(
        &mut self,
        whole: &Value,
        part: &Value,
        span: Span,
    ) -> Result<bool, Failure> {
        let (whole, part) = (self.concrete(whole.clone()), self.concrete(part.clone()));
        match (&whole, &part) {
            (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
            (Value::Record(record), Value::Text(name)) => Ok(record.get(name).is_some()),
            (Value::List(items), part) => {
                Ok(items.iter().any(|item| equal(item, part) == Some(true)))
            }
            (Value::Range(start, end), part) => Ok(single(part)
                .is_some_and(|x| x.fract() == 0.0 && (*start as f64) <= x && x < *end as f64)),
            (Value::Tensor(tensor) | Value::Sample(tensor, _), part) if single(part).is_some() => {
                let x = single(part).unwrap_or(f64::NAN) as f32;
                Ok(tensor.data().contains(&x))
            }
            _ => Err(Failure::at(
                span,
                format!("{} cannot be in {}", describe(&part), describe(&whole)),
            )),
        }
    }
}

/// Whether two values are the same as a whole; none if they cannot be compared.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Tensor(a) | Value::Sample(a, _), Value::Tensor(b) | Value::Sample(b, _)) => {
            Some(a == b)
        }
        (Value::Range(..), Value::Range(..)) => {
            Some(matches!((a, b), (Value::Range(a, b), Value::Range(c, d)) if (a, b) == (c, d)))
        }
        (Value::Network(a), Value::Network(b)) => Some(a.spec() == b.spec()),
        (Value::Function(a), Value::Function(b)) => Some(a == b),
        (Value::Spec(a), Value::Spec(b)) => Some(a == b),
        (Value::List(a), Value::List(b)) => {
            Some(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b) == Some(true)))
        }
        (Value::Record(a), Value::Record(b)) => Some(
            a.len() == b.len()
                && a.iter().all(|(name, own)| {
                    b.get(name).and_then(|other| equal(own, other)) == Some(true)
                }),
        ),
        _ => Some(single(a)? == single(b)?),
    }
}

/// Two tensors, or a tensor and a number, number by number.
fn masked(operator: Binary, a: &Tensor, b: &Tensor, span: Span) -> Result<Value, Failure> {
    let mask = a.broadcast_with(b, "comparison", |x, y| {
        f32::from(u8::from(holds(operator, x.partial_cmp(&y))))
    });
    match mask {
        Ok(mask) => Ok(Value::Mask(mask)),
        // What has another shape is another tensor.
        Err(_) if operator == Binary::Equal => Ok(Value::Boolean(false)),
        Err(_) if operator == Binary::NotEqual => Ok(Value::Boolean(true)),
        Err(error) => Err(Failure::tensor(&error, span)),
    }
}
