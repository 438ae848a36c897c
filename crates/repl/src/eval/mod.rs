//! Evaluating expressions.

mod access;
mod arithmetic;
mod augmented;
mod call;
mod comparison;
mod functions;
mod gradient;
mod inline;
mod joining;
mod metric;
mod network;
mod own_activation;
mod places;
mod prepared;
mod records;
mod statements;
mod stored_runs;
mod template;
mod watched;

pub(crate) use access::fields;
pub(crate) use call::at_argument;
pub use functions::ENTRIES as FUNCTION_ENTRIES;
pub(crate) use gradient::Differentiated;

use call::Built;
pub(crate) use network::Came;
use network::Joined;
pub(crate) use stored_runs::RUNS;

use crate::habits;
use crate::progress::Waiting;
use crate::syntax::{Expr, ExprKind, Span, Unary};
use crate::tables::{self, KINDS, Spec};
use crate::{Failure, Session, Value};
use relume_autograd::{AutogradError, Tape, Var};
use relume_catalog::{Kind, nearest};
use relume_datasets::DataError;
use relume_tensor::Tensor;
use relume_tensor::interrupt::cancellable;

/// A function of values on a tape.
pub(crate) type Operation<'a> = &'a dyn Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>;

/// The same, with several results.
type Operations<'a> = &'a dyn Fn(&mut Tape, &[Var]) -> Result<Vec<Var>, AutogradError>;

impl Session {
    /// The value of an expression.
    pub(crate) fn evaluate(&mut self, expr: &Expr) -> Result<Value, Failure> {
        match &expr.kind {
            ExprKind::Number(x) => Ok(Value::Number(*x)),
            ExprKind::Text(text) => Ok(Value::Text(text.clone())),
            ExprKind::Boolean(b) => Ok(Value::Boolean(*b)),
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Template(pieces) => self.template(pieces),
            ExprKind::List(items) => self.list(items, expr.span),
            ExprKind::Record(fields) => self.record(fields, expr.span),
            ExprKind::Unary(Unary::Minus, operand) => {
                let value = self.evaluate(operand)?;
                self.negate(&value, expr.span)
            }
            ExprKind::Unary(Unary::Not, operand) => match self.evaluate(operand)? {
                Value::Boolean(b) => Ok(Value::Boolean(!b)),
                Value::Mask(mask) => Ok(Value::Mask(mask.map(|x| 1.0 - x))),
                other => Err(Failure::at(
                    operand.span,
                    format!("`not` wants a condition, not {}", other.kind()),
                )),
            },
            ExprKind::Binary(operator, left, right) => {
                self.binary(*operator, left, right, expr.span)
            }
            ExprKind::Chain(stages) => self.chain(stages),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, expr.span),
            ExprKind::Index(base, subscripts) => self.index(base, subscripts),
            ExprKind::Field(base, name, span) => self.field(base, name, *span),
            ExprKind::Range(start, end) => Ok(Value::Range(self.whole(start)?, self.whole(end)?)),
            ExprKind::Spread(_) => Err(Failure::at(
                expr.span,
                "`**` hands the fields of a record to a call or a command; it cannot stand here",
            )),
        }
    }

    /// The value of a name: the user's own, or one from a table.
    pub(crate) fn name(&mut self, name: &str, span: Span) -> Result<Value, Failure> {
        if let Some(value) = self.names.get(name) {
            return Ok(value.clone());
        }
        for kind in KINDS {
            if tables::find(kind, name).is_some() {
                let spec = tables::build(kind, name, vec![], vec![]);
                let spec = spec.map_err(|error| Failure::arguments(&error, span))?;
                return self.specified(spec, span);
            }
        }
        if let Some((_, value)) = habits::VALUES.iter().find(|(other, _)| *other == name) {
            return Ok(Value::Boolean(*value));
        }
        if name == RUNS {
            return self.stored_runs_value(span);
        }
        if tables::find(Kind::Function, name).is_some() {
            return Err(Failure::at(span, format!("`{name}` is a function"))
                .help(format!("call it: {name}(...); `help {name}` says more")));
        }
        Err(self.unknown(name, span))
    }

    pub(crate) fn unknown(&self, name: &str, span: Span) -> Failure {
        let command = tables::find(Kind::Command, name).filter(|entry| entry.name == name);
        if let Some(entry) = command {
            return Failure::at(span, format!("`{name}` {}", habits::A_COMMAND))
                .help(format!("for example: {}", entry.example_line()));
        }
        let tables = KINDS.iter().chain(&[Kind::Function]).flat_map(|&kind| tables::entries(kind));
        let known = tables.flat_map(|entry| entry.aliases.iter().copied().chain([entry.name]));
        // Among names of a few letters nearly all are near each other: `net` does not mean `det`.
        let known =
            known.filter(|known| known.len() > 3 || known.chars().next() == name.chars().next());
        let own = self.names.keys().map(String::as_str);
        let failure = Failure::at(span, format!("there is no `{name}`"));
        match nearest(name, own.chain(known)) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help(format!("define it first: {name} = ...")),
        }
    }

    /// A specification as a value: stages become networks, sources of data are read.
    fn specified(&mut self, built: impl Into<Built>, span: Span) -> Result<Value, Failure> {
        let Built { spec, inside } = built.into();
        match spec {
            Spec::Stage(stage) => self.network_value(Joined::stage(stage, inside, span)),
            Spec::Data(source) => {
                let waiting = Waiting::new(&self.output, self.interrupt());
                let load = || source.inner().load_watched(&waiting);
                let data = cancellable(&self.interrupt(), load);
                drop(waiting);
                let data = data.unwrap_or(Err(DataError::Interrupted));
                data.map(Value::Data).map_err(|error| {
                    if matches!(error, DataError::Interrupted) {
                        self.acknowledge_interrupt("reading was interrupted; nothing has changed");
                    }
                    Failure::data(&error, span)
                })
            }
            spec => Ok(Value::Spec(spec)),
        }
    }

    /// A list of numbers, or of tensors of one shape, is a tensor; other lists stay lists.
    fn list(&mut self, items: &[Expr], span: Span) -> Result<Value, Failure> {
        let values = items.iter().map(|item| self.evaluate(item)).collect::<Result<Vec<_>, _>>()?;
        let numbers = values.iter().all(|value| {
            matches!(
                value,
                Value::Number(_) | Value::Tensor(_) | Value::Sample(..) | Value::Tracked(_)
            )
        });
        if !numbers || values.is_empty() {
            return records::shallow(Value::List(values), span);
        }
        let operation: Operation<'_> = &|tape, vars| {
            let rows = vars.iter().map(|&var| {
                let shape = tape.value(var).shape().with_batch(1)?;
                relume_autograd::ops::reshape(tape, var, shape)
            });
            let rows: Vec<Var> = rows.collect::<Result<_, _>>()?;
            relume_autograd::ops::concat(tape, &rows, 0)
        };
        let text = "the rows of a tensor must be of the same length";
        self.apply(operation, &values, span).map_err(|failure| match failure.diagnostic.message {
            message if message.starts_with("concat") => Failure::at(span, text),
            message => Failure::at(span, message),
        })
    }

    /// Applies an operation: on the tape if one of its operands is there, otherwise directly.
    pub(crate) fn apply(
        &mut self,
        operation: Operation<'_>,
        operands: &[Value],
        span: Span,
    ) -> Result<Value, Failure> {
        let mut results =
            self.apply_all(&|tape, v| Ok(vec![operation(tape, v)?]), operands, span)?;
        results.pop().ok_or_else(|| Failure::at(span, "the operation gives nothing"))
    }

    /// The same, for an operation with several results.
    fn apply_all(
        &mut self,
        operation: Operations<'_>,
        operands: &[Value],
        span: Span,
    ) -> Result<Vec<Value>, Failure> {
        let failed = |error: AutogradError| Failure::operation(&error, span);
        let tracked = operands.iter().any(|operand| matches!(operand, Value::Tracked(_)));
        match self.tape.as_mut().filter(|_| tracked) {
            Some(tape) => {
                let vars = on_tape(tape, operands, span)?;
                let results = operation(tape, &vars).map_err(failed)?;
                Ok(results.into_iter().map(Value::Tracked).collect())
            }
            None => {
                let mut tape = Tape::inference();
                let vars = on_tape(&mut tape, operands, span)?;
                let results = operation(&mut tape, &vars).map_err(failed)?;
                let value = |&result| tape.get(result).cloned().map(Value::Tensor).map_err(failed);
                results.iter().map(value).collect()
            }
        }
    }

    /// A value as it is without the tape of a gradient.
    pub(crate) fn concrete(&self, value: Value) -> Value {
        match (&self.tape, value) {
            (Some(tape), Value::Tracked(var)) => Value::Tensor(tape.value(var).clone()),
            (_, value) => value,
        }
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, expr: &Expr) -> Result<i64, Failure> {
        match self.evaluate(expr)? {
            Value::Number(x) if x.fract() == 0.0 && x.abs() < 9e15 => Ok(x as i64),
            Value::Tensor(tensor) if whole_number(&tensor).is_some() => {
                Ok(whole_number(&tensor).unwrap_or_default())
            }
            other => Err(Failure::at(
                expr.span,
                format!("a whole number is wanted here, not {}", describe(&other)),
            )),
        }
    }
}

/// The whole number that a tensor is, if it is one, such as the result of `argmax`.
fn whole_number(tensor: &Tensor) -> Option<i64> {
    let x = tensor.item().filter(|x| tensor.rank() == 0 && x.fract() == 0.0 && x.abs() < 1e15)?;
    Some(x as i64)
}

/// A number of a tensor as one of its own: the shortest that rounds to it, so that 0.1 stays 0.1.
pub(crate) fn widened(x: f32) -> f64 {
    x.to_string().parse().unwrap_or_else(|_| f64::from(x))
}

/// Ranges of more numbers than this are not written out.
const MOST_NUMBERS: i64 = 1 << 28;

/// A value with its kind, for errors.
pub(crate) fn describe(value: &Value) -> String {
    match value {
        Value::Number(x) => crate::show::number(*x),
        other => other.kind().to_string(),
    }
}

fn on_tape(tape: &mut Tape, operands: &[Value], span: Span) -> Result<Vec<Var>, Failure> {
    let place = |operand: &Value| match operand {
        Value::Tracked(var) => Ok(*var),
        other => Ok(tape.constant(tensor(other, span)?)),
    };
    operands.iter().map(place).collect()
}

/// A value as a tensor.
pub(crate) fn tensor(value: &Value, span: Span) -> Result<Tensor, Failure> {
    match value {
        Value::Number(x) => Ok(Tensor::scalar(*x as f32)),
        Value::Boolean(b) => Ok(Tensor::scalar(f32::from(u8::from(*b)))),
        Value::Tensor(tensor) | Value::Sample(tensor, _) | Value::Mask(tensor) => {
            Ok(tensor.clone())
        }
        Value::List(items) if !items.is_empty() => stacked(items, span),
        Value::Range(start, end) if end.saturating_sub(*start) > MOST_NUMBERS => {
            let count = relume_catalog::count_text(end.saturating_sub(*start) as usize);
            Err(Failure::at(span, format!("a range of {count} numbers is too long for a tensor")))
        }
        Value::Range(start, end) => {
            let values: Vec<f32> = (*start..*end).map(|i| i as f32).collect();
            Ok(Tensor::vector(&values))
        }
        Value::Part(part) => part.inputs().map_err(|error| Failure::data(&error, span)),
        Value::Data(data) => data.inputs().map_err(|error| Failure::data(&error, span)),
        other => Err(Failure::at(span, format!("a tensor is wanted here, not {}", other.kind()))),
    }
}

/// A list of numbers, or of tensors of one shape, as a tensor.
fn stacked(items: &[Value], span: Span) -> Result<Tensor, Failure> {
    let failed = |error| Failure::tensor(&error, span);
    let row = |item: &Value| match item {
        Value::Number(_)
        | Value::Boolean(_)
        | Value::Tensor(_)
        | Value::Sample(..)
        | Value::List(_) => {
            let row = tensor(item, span)?;
            row.reshape(row.shape().with_batch(1).map_err(failed)?).map_err(failed)
        }
        other => Err(Failure::at(
            span,
            format!("a tensor is wanted here, not a list with {}", other.kind()),
        )),
    };
    let rows: Vec<Tensor> = items.iter().map(row).collect::<Result<_, _>>()?;
    let joined = Tensor::concat(&rows.iter().collect::<Vec<_>>(), 0);
    joined.map_err(|_| Failure::at(span, "the rows of a tensor must be of the same length"))
}
