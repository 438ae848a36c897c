//! Assignments: to names, to several of them, and to what is inside of values.

use super::network;
use crate::eval::joining::append;
use crate::eval::places::{Place, indices};
use crate::eval::{Operation, tensor};
use crate::lines::facts;
use crate::syntax::{Assignment, Binary, Expr, Span, Step, Target};
use crate::{Failure, Session, Value, json, show};
use relume_autograd::ops;
use relume_tensor::Tensor;
use relume_tensor::interrupt::uncancelled;

/// A step into a value, its subscripts evaluated.
pub(super) enum Into {
    Field(String, Span),
    Index(Vec<Place>, Span),
}

impl Session {
    pub(super) fn assign(&mut self, assignment: &Assignment) -> Result<(), Failure> {
        let Assignment { targets, operator, value } = assignment;
        match (targets.as_slice(), operator) {
            ([target], None) if target.steps.is_empty() => self.define(target, value),
            ([target], None) => {
                let value = self.given(value)?;
                self.assign_to(target, value)
            }
            ([target], Some(operator)) => {
                let steps = self.steps(target)?;
                if !self.names.contains_key(&target.name.text) {
                    return Err(self.unknown(&target.name.text, target.name.span));
                }
                let operand = self.given(value)?;
                if *operator == Binary::Add && steps.is_empty() && self.append(target, &operand) {
                    return Ok(());
                }
                let old = self.read(target, &steps)?;
                let span = target.span.to(value.span);
                let new = self.combined(*operator, (old, None), (operand, None), span)?;
                self.write(target, &steps, new)
            }
            (targets, _) => {
                let given = self.given(value)?;
                let values = self.unpack(given, targets.len(), value.span)?;
                for (target, value) in targets.iter().zip(values) {
                    self.assign_to(target, value)?;
                }
                Ok(())
            }
        }
    }

    /// `xs += [x]`: a list is not copied for it. Whether this was such an assignment.
    fn append(&mut self, target: &Target, more: &Value) -> bool {
        match self.names.own_mut(&target.name.text) {
            Some(Value::List(list)) => append(list, more),
            _ => false,
        }
    }

    /// A value that a name can stand for.
    fn given(&mut self, expr: &Expr) -> Result<Value, Failure> {
        match self.evaluate(expr)? {
            Value::Nothing => Err(Failure::at(expr.span, "this gives no value")
                .help("a function gives the value of its last expression, or of `return`")),
            value => Ok(value),
        }
    }

    fn define(&mut self, target: &Target, expr: &Expr) -> Result<(), Failure> {
        let value = self.given(expr)?;
        self.assign_to(target, value)?;
        let path = self.parameter_path(expr);
        self.names.set_path(&target.name.text, path);
        Ok(())
    }

    fn assign_to(&mut self, target: &Target, value: Value) -> Result<(), Failure> {
        let steps = self.steps(target)?;
        self.write(target, &steps, value)
    }

    /// The steps of a target, their subscripts evaluated.
    fn steps(&mut self, target: &Target) -> Result<Vec<Into>, Failure> {
        let mut steps = Vec::new();
        for step in &target.steps {
            steps.push(match step {
                Step::Field(name) => Into::Field(name.text.clone(), name.span),
                Step::Index(subscripts, span) => Into::Index(self.places(subscripts)?, *span),
            });
        }
        Ok(steps)
    }

    /// What a target stands for so far.
    fn read(&mut self, target: &Target, steps: &[Into]) -> Result<Value, Failure> {
        let mut value = self.name(&target.name.text, target.name.span)?;
        for step in steps {
            value = match step {
                Into::Field(name, span) => self.field_of(&value, name, *span)?,
                Into::Index(places, span) => self.item_of(value, places, *span)?,
            };
        }
        Ok(value)
    }

    fn write(&mut self, target: &Target, steps: &[Into], value: Value) -> Result<(), Failure> {
        let name = &target.name.text;
        if name == "_" {
            return Err(Failure::at(
                target.name.span,
                "`_` is the last value and cannot be defined",
            ));
        }
        if steps.is_empty() {
            self.names.set_path(name, None);
            self.show_definition(name, &value);
            self.names.insert(name, value);
            return Ok(());
        }
        let value = match (self.names.get(name), steps.last()) {
            (Some(Value::Network(_)), Some(Into::Index(..))) => {
                self.as_stage(value, target.span)?
            }
            _ => value,
        };
        // The name stands for nothing meanwhile: that is not interrupted.
        uncancelled(|| self.write_whole(target, steps, value))
    }

    /// Changes what a target's name stands for.
    fn write_whole(
        &mut self,
        target: &Target,
        steps: &[Into],
        value: Value,
    ) -> Result<(), Failure> {
        let name = &target.name.text;
        let Some(mut whole) = self.names.take(name) else {
            return Err(self.unknown(name, target.name.span));
        };
        if let [Into::Index(places, span)] = steps
            && matches!(
                (&whole, &value),
                (Value::Tracked(_), _) | (Value::Tensor(_), Value::Tracked(_))
            )
        {
            let written = self.write_on_tape(&whole, (places, *span), value);
            let (whole, result) = match written {
                Ok(written) => (written, Ok(())),
                Err(failure) => (whole, Err(failure)),
            };
            self.names.insert(name, whole);
            return result;
        }
        let written = write_into(&mut whole, steps, value);
        self.names.insert(name, whole);
        for remark in written? {
            self.output.remark(&remark);
        }
        Ok(())
    }

    /// `x[0] = y` while a gradient is taken.
    fn write_on_tape(
        &mut self,
        whole: &Value,
        (places, span): (&[Place], Span),
        value: Value,
    ) -> Result<Value, Failure> {
        let tensor = tensor(&self.concrete(whole.clone()), span)?;
        let indices = indices(places, tensor.dims(), span)?;
        let operation: Operation<'_> = &|tape, v| ops::set_index(tape, v[0], &indices, v[1]);
        self.apply(operation, &[whole.clone(), value], span)
    }

    /// A model's or data set's line says what it is; other values are known to who typed them.
    fn show_definition(&mut self, name: &str, value: &Value) {
        let line = match value {
            Value::Network(model) => format!("{name}: {}", show::network(model)),
            Value::Data(data) => {
                let line = data.to_string();
                let rest = line.split_once(": ").map_or(line.as_str(), |(_, rest)| rest);
                facts(&format!("{name}: {rest}"))
            }
            _ => return,
        };
        // In a function, names are its own affair.
        if self.names.depth() == 0 {
            self.output.result(&line, || json::defined(name, value));
        }
    }
}

/// Remarks about what was written.
pub(super) type Remarks = Vec<String>;

/// Puts a value into another one, at the end of the steps.
fn write_into(whole: &mut Value, steps: &[Into], new: Value) -> Result<Remarks, Failure> {
    let Some((step, rest)) = steps.split_first() else {
        *whole = new;
        return Ok(Remarks::new());
    };
    match step {
        Into::Field(name, span) => write_field(whole, (name, *span), rest, new),
        Into::Index(places, span) => match places.as_slice() {
            [place] if let (Value::Record(_), Some(name)) = (&*whole, place.name()) => {
                write_field(whole, (name, place.span), rest, new)
            }
            places => write_item(whole, (places, *span), rest, new),
        },
    }
}

fn write_field(
    whole: &mut Value,
    (name, span): (&str, Span),
    rest: &[Into],
    new: Value,
) -> Result<Remarks, Failure> {
    match whole {
        Value::Record(record) if rest.is_empty() => {
            record.set(name, new);
            Ok(Remarks::new())
        }
        Value::Network(model) => network::write_field(model, (name, span), rest, new),
        Value::Record(record) => match record.get_mut(name) {
            Some(inner) => write_into(inner, rest, new),
            None => Err(Failure::at(span, format!("a record has no `{name}`"))),
        },
        other => Err(Failure::at(
            span,
            format!("{} has no fields that can be given values", other.kind()),
        )),
    }
}

fn write_item(
    whole: &mut Value,
    (places, span): (&[Place], Span),
    rest: &[Into],
    new: Value,
) -> Result<Remarks, Failure> {
    match whole {
        Value::Network(model) => network::write_stage(model, (places, span), rest, new),
        Value::List(items) => match places {
            [place] => {
                let at = place.position(items.len())?;
                write_into(&mut items[at], rest, new)
            }
            _ => Err(Failure::at(span, "a list has one index: xs[0][1]")),
        },
        Value::Tensor(tensor) | Value::Sample(tensor, _) => {
            let mut changed = tensor.clone();
            write_numbers(&mut changed, (places, span), rest, new)?;
            *whole = Value::Tensor(changed);
            Ok(Remarks::new())
        }
        other => Err(Failure::at(
            span,
            format!("{} has no items that can be given values", other.kind()),
        )),
    }
}

pub(super) fn write_numbers(
    numbers: &mut Tensor,
    (places, span): (&[Place], Span),
    rest: &[Into],
    new: Value,
) -> Result<(), Failure> {
    let failed = |error| Failure::tensor(&error, span);
    let indices = indices(places, numbers.dims(), span)?;
    let new = match rest {
        [] => new,
        rest => {
            let mut inner = Value::Tensor(numbers.index(&indices).map_err(failed)?);
            write_into(&mut inner, rest, new)?;
            inner
        }
    };
    let new = tensor(&new, span)?;
    numbers.set_index(&indices, &new).map_err(|error| match numbers.index(&indices) {
        Ok(picked) if picked.rank() == 0 => Failure::at(
            span,
            format!("a tensor of shape {} does not fit into a single number", new.shape()),
        ),
        Ok(picked) => {
            let message = format!(
                "a tensor of shape {} does not fit into items of shape {}",
                new.shape(),
                picked.shape()
            );
            Failure::at(span, message)
        }
        Err(_) => failed(error),
    })
}
