//! Loops: what they go through, and their rounds.

use super::Flow;
use crate::eval::widened;
use crate::output::LoopName;
use crate::syntax::{Expr, Name, Span, Statement};
use crate::{Failure, Record, Session, Value, json, show};
use relume_autograd::ops;
use relume_tensor::{Index, Tensor};

/// The items of a value, one after the other; a range is not written out.
pub(crate) enum Items {
    Values(std::vec::IntoIter<Value>),
    Range(std::ops::Range<i64>),
}

impl Iterator for Items {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Items::Values(values) => values.next(),
            Items::Range(range) => range.next().map(|i| Value::Number(i as f64)),
        }
    }
}

impl Items {
    fn of(values: Vec<Value>) -> Self {
        Items::Values(values.into_iter())
    }
}

/// The items along a tensor's first axis: numbers, or tensors of one axis less.
fn rows(tensor: &Tensor, span: Span) -> Result<Vec<Value>, Failure> {
    match tensor.dims() {
        [_] => Ok(tensor.data().iter().map(|&x| Value::Number(widened(x))).collect()),
        dims => {
            let rows = (0..dims[0]).map(|i| tensor.at(i).map(Value::Tensor));
            rows.collect::<Result<_, _>>().map_err(|error| Failure::tensor(&error, span))
        }
    }
}

/// The names and values of a record, as pairs.
fn pairs(record: &Record) -> Vec<Value> {
    let pair = |(name, value): (&str, &Value)| {
        Value::List(vec![Value::Text(name.to_string()), value.clone()])
    };
    record.iter().map(pair).collect()
}

impl Session {
    /// What `for` goes through.
    fn items(&mut self, expr: &Expr) -> Result<Items, Failure> {
        let value = self.evaluate(expr)?;
        match self.concrete(value) {
            Value::List(items) => Ok(Items::of(items)),
            Value::Range(start, end) => Ok(Items::Range(start..end)),
            Value::Record(record) => Ok(Items::of(pairs(&record))),
            Value::Tensor(tensor) | Value::Sample(tensor, _) | Value::Mask(tensor)
                if tensor.rank() > 0 =>
            {
                rows(&tensor, expr.span).map(Items::of)
            }
            other => Err(Failure::at(
                expr.span,
                format!("`for` goes through a list or a range, not {}", other.kind()),
            )),
        }
    }

    /// A value taken apart into as many as there are names.
    pub(crate) fn unpack(
        &mut self,
        value: Value,
        count: usize,
        span: Span,
    ) -> Result<Vec<Value>, Failure> {
        let values = match value {
            Value::List(items) => items,
            Value::Record(record) => record.iter().map(|(_, value)| value.clone()).collect(),
            Value::Range(start, end) if end.saturating_sub(start) == count as i64 => {
                (start..end).map(|i| Value::Number(i as f64)).collect()
            }
            Value::Tensor(tensor) | Value::Sample(tensor, _) if tensor.rank() > 0 => {
                rows(&tensor, span)?
            }
            tracked @ Value::Tracked(_) => self.tracked_rows(&tracked, span)?,
            other => {
                let message = format!("{} cannot be taken apart into {count} names", other.kind());
                return Err(Failure::at(span, message));
            }
        };
        if values.len() != count {
            let message = format!("there are {count} names for {} values", values.len());
            return Err(Failure::at(span, message));
        }
        Ok(values)
    }

    fn tracked_rows(&mut self, tracked: &Value, span: Span) -> Result<Vec<Value>, Failure> {
        let rows = match self.concrete(tracked.clone()) {
            Value::Tensor(tensor) => tensor.dims().first().copied().unwrap_or(0),
            _ => 0,
        };
        let row = |i: usize| {
            let index = [Index::At(i as i64)];
            self.apply(
                &|tape, v| ops::index(tape, v[0], &index),
                std::slice::from_ref(tracked),
                span,
            )
        };
        (0..rows).map(row).collect()
    }

    pub(super) fn for_loop(
        &mut self,
        names: &[Name],
        items: &Expr,
        body: &[Statement],
    ) -> Result<Flow, Failure> {
        let items_of = self.items(items)?;
        let shown = self.output.loops.len();
        let flow = self.rounds(names, items_of, items.span, body);
        self.output.loops.truncate(shown);
        flow
    }

    /// The rounds of `for`. Results that are printed say what the names stand for.
    fn rounds(
        &mut self,
        names: &[Name],
        items: Items,
        span: Span,
        body: &[Statement],
    ) -> Result<Flow, Failure> {
        let outer = self.output.loops.len();
        for (round, item) in items.enumerate() {
            let values = match names {
                [_] => vec![item],
                names => self.unpack(item, names.len(), span)?,
            };
            self.output.loops.truncate(outer);
            for (at, (name, value)) in names.iter().zip(values).enumerate() {
                self.output.loops.push(self.loop_name(name, &value));
                self.keep_assigned(&name.text, &value, span, || match names {
                    [_] => format!("[{round}]"),
                    _ => format!("[{round}][{at}]"),
                });
                self.names.insert(&name.text, value);
            }
            // A loop without statements can be interrupted too.
            self.refuse_if_interrupted(span)?;
            match self.block(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                leave @ Flow::Return(_) => return Ok(leave),
            }
        }
        Ok(Flow::Next)
    }

    fn loop_name(&self, name: &Name, value: &Value) -> LoopName {
        let text = match value {
            Value::Network(model) => model.spec().to_string(),
            value => show::show(value),
        };
        let json = self.output.json.map_or(serde_json::Value::Null, |_| json::plain(value));
        LoopName::new(&name.text, &text, json)
    }

    pub(super) fn while_loop(
        &mut self,
        condition: &Expr,
        body: &[Statement],
    ) -> Result<Flow, Failure> {
        while self.condition(condition, "`while` wants a condition")? {
            self.refuse_if_interrupted(condition.span)?;
            match self.block(body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                leave @ Flow::Return(_) => return Ok(leave),
            }
        }
        Ok(Flow::Next)
    }
}
