//! f-strings: values written into text.

use crate::syntax::{Expr, Format, Piece};
use crate::{Failure, Session, Value, show};

impl Session {
    pub(super) fn template(&mut self, pieces: &[Piece]) -> Result<Value, Failure> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text += part,
                Piece::Value(expr, format) => text += &self.formatted(expr, format)?,
            }
        }
        Ok(Value::Text(text))
    }

    fn formatted(&mut self, expr: &Expr, format: &Format) -> Result<String, Failure> {
        let value = self.evaluate(expr)?;
        match self.concrete(value) {
            Value::Number(x) => Ok(format.number(x, &show::number(x))),
            Value::Tensor(tensor) | Value::Sample(tensor, _) if tensor.item().is_some() => {
                let x = tensor.item().unwrap_or(f32::NAN);
                Ok(format.number(f64::from(x), &show::number_f32(x)))
            }
            Value::Text(text) if !format.is_numeric() => Ok(format.text(&text)),
            other if format.is_numeric() || format.digits.is_some() => Err(Failure::at(
                expr.span,
                format!("this format is one of numbers, and this is {}", other.kind()),
            )),
            other => Ok(format.text(show::show(&other).trim_end_matches('\n'))),
        }
    }
}
