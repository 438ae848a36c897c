//! Conditions, and the choice that `if` makes by them.

use crate::syntax::{Binary, Expr, ExprKind, Statement};
use crate::{Failure, Session, Value};
use relume_tensor::Tensor;

impl Session {
    /// Whether a condition holds; `wanted` says in an error what is wanted in its place.
    pub(crate) fn condition(&mut self, expr: &Expr, wanted: &str) -> Result<bool, Failure> {
        let value = match &expr.kind {
            ExprKind::Binary(operator @ (Binary::Equal | Binary::NotEqual), left, right) => {
                self.whole_equality(*operator, left, right, expr)?
            }
            _ => self.evaluate(expr)?,
        };
        match self.concrete(value) {
            Value::Boolean(b) => Ok(b),
            Value::Mask(mask) => single(&mask).ok_or_else(|| {
                let message = format!("{} truth values are not one condition", mask.data().len());
                Failure::at(expr.span, message)
                    .help("all(...) if each of them must hold, any(...) if one is enough")
            }),
            other => Err(Failure::at(expr.span, format!("{wanted}, not {}", other.kind()))
                .help("a condition is true or false, as a comparison is: x > 0, x == 1")),
        }
    }

    /// `a == b` as a condition: two tensors are equal if they are so as a whole.
    fn whole_equality(
        &mut self,
        operator: Binary,
        left: &Expr,
        right: &Expr,
        whole: &Expr,
    ) -> Result<Value, Failure> {
        let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
        let (a, b) = (self.concrete(a), self.concrete(b));
        let equal = match (&a, &b) {
            (Value::Tensor(a) | Value::Sample(a, _), Value::Tensor(b) | Value::Sample(b, _))
                if a.item().is_none() && b.item().is_none() =>
            {
                a == b
            }
            _ => match self.compare(operator, &a, &b, whole.span)? {
                Value::Mask(mask) if operator == Binary::Equal => {
                    mask.data().iter().all(|&x| x != 0.0)
                }
                Value::Mask(mask) => !mask.data().iter().any(|&x| x != 0.0),
                decided => return Ok(decided),
            },
        };
        Ok(Value::Boolean(equal == (operator == Binary::Equal)))
    }

    /// The block of the first condition that holds.
    pub(super) fn arm<'a>(
        &mut self,
        arms: &'a [(Expr, Vec<Statement>)],
        otherwise: &'a [Statement],
    ) -> Result<&'a [Statement], Failure> {
        for (condition, block) in arms {
            if self.condition(condition, "`if` wants a condition")? {
                return Ok(block);
            }
        }
        Ok(otherwise)
    }
}

/// The truth value of a mask that has only one.
fn single(mask: &Tensor) -> Option<bool> {
    mask.item().map(|x| x != 0.0)
}
