//! A call of a function: its arguments are evaluated and checked against its description, and its operations applied.

use super::operand::{Item, Operand, is_tensor};
use super::{Function, bounds};
use crate::eval::{at_argument, describe, tensor};
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_catalog::{Argument as Description, ArgumentError, Entry, Problem, Type, Value as Json};
use relume_tensor::{Indices, Shape, Tensor, TensorError};
use std::cell::RefCell;
use std::fmt::Display;

/// A call as it was typed.
pub(in crate::eval) struct Given<'a> {
    /// The function.
    pub entry: &'static Entry,
    /// Where the call stands.
    pub span: Span,
    /// The first argument, where it is known already: the tensor before the point of `x.sum()`.
    pub first: Option<(Value, Span)>,
    /// The arguments (that follow).
    pub arguments: &'a [Argument],
}

/// An argument without a name.
enum Positional<'a> {
    /// Its value is known already.
    Known(&'a Value, Span),
    /// It is to be evaluated.
    Typed(&'a Expr),
}

impl Positional<'_> {
    fn span(&self) -> Span {
        match self {
            Positional::Known(_, span) => *span,
            Positional::Typed(expr) => expr.span,
        }
    }
}

impl<'a> Given<'a> {
    /// The arguments without names, and those of them that are the items of the list `rest`, given one by one.
    fn by_place(&self, rest: Option<&str>) -> (Vec<Positional<'_>>, Vec<Positional<'_>>) {
        let first = self.first.iter().map(|(value, span)| Positional::Known(value, *span));
        let mut all: Vec<Positional<'_>> =
            first.chain(self.typed().map(Positional::Typed)).collect();
        let place = |rest| self.entry.arguments.iter().position(|own| own.name == rest);
        match rest.and_then(place) {
            Some(place) if all.len() > place + 1 => {
                let rest = all.split_off(place);
                (all, rest)
            }
            _ => (all, Vec::new()),
        }
    }

    /// The expressions of the arguments without names.
    fn typed(&self) -> impl Iterator<Item = &'a Expr> {
        let is_positional = |argument: &&Argument| argument.name.is_none();
        self.arguments.iter().filter(is_positional).map(|argument| &argument.value)
    }

    /// The expressions of all arguments, in the order of the description, for a function that evaluates them itself.
    ///
    /// # Errors
    /// An argument that is unknown, missing or given twice.
    pub fn expressions<const N: usize>(&self) -> Result<[&'a Expr; N], Failure> {
        let by_place: Vec<&Expr> = self.typed().collect();
        let positional: Vec<Span> = by_place.iter().map(|value| value.span).collect();
        let (mut named, mut named_spans) = (Vec::new(), Vec::new());
        for Argument { name, value } in self.arguments {
            if let Some((name, span)) = name {
                named.push((name.clone(), Json::Null));
                named_spans.push((*span, value.span));
            }
        }
        let checked = self.entry.check(vec![Json::Null; by_place.len()], named);
        checked.map_err(|error| {
            explained(self.entry, at_argument(&error, self.span, &positional, &named_spans))
        })?;
        let expr = |(i, own): (usize, &Description)| {
            let is_own = |argument: &&Argument| {
                argument.name.as_ref().is_some_and(|(name, _)| name == own.name)
            };
            let named = self.arguments.iter().find(is_own).map(|argument| &argument.value);
            by_place.get(i).copied().or(named)
        };
        let all: Vec<&Expr> = self.entry.arguments.iter().enumerate().filter_map(expr).collect();
        all.try_into().map_err(|_| {
            let text = format!("{} needs {N} arguments", self.entry.name);
            explained(self.entry, Failure::at(self.span, text))
        })
    }
}

/// A failure with the function's example, if it has no better help.
fn explained(entry: &Entry, failure: Failure) -> Failure {
    match failure.diagnostic.help {
        Some(_) => failure,
        None => failure.help(format!("for example: {}", entry.example_line())),
    }
}

/// Where the arguments of a call stand.
#[derive(Default)]
struct Places {
    positional: Vec<Span>,
    /// Of the names, and of the values.
    named: Vec<(Span, Span)>,
}

/// Evaluates and checks the arguments of a call, then calls the function.
pub(super) fn evaluated<F: Function>(
    session: &mut Session,
    given: &Given<'_>,
) -> Result<Value, Failure> {
    let first = given.first.as_ref().map(|(_, span)| *span);
    let first = first.or(given.arguments.first().map(|argument| argument.value.span));
    let mut call = Call {
        session,
        entry: given.entry,
        span: given.span,
        first: first.unwrap_or(given.span),
        values: Vec::new(),
    };
    let function: F = call.read(given)?;
    function.call(&mut call)
}

/// A call whose arguments are evaluated: what a function works with.
pub struct Call<'a> {
    pub session: &'a mut Session,
    entry: &'static Entry,
    /// Where the call stands.
    pub span: Span,
    /// Where the first argument stands; the call, if there is none.
    pub first: Span,
    /// The tensors and other values among the arguments, with their places.
    values: Vec<(Value, Span)>,
}

impl Call<'_> {
    /// The function's arguments: tensors and other values are kept here, the rest is checked as it is.
    fn read<F: Function>(&mut self, given: &Given<'_>) -> Result<F, Failure> {
        let arguments = self.entry.arguments;
        let mut places = Places::default();
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        let (by_place, rest) = given.by_place(F::REST);
        for value in by_place {
            places.positional.push(value.span());
            positional.push(self.positional(&value, arguments.get(positional.len()))?);
        }
        if let [first, .., last] = &rest[..] {
            places.positional.push(first.span().to(last.span()));
            let item = arguments.get(positional.len()).and_then(item);
            let items = rest.iter().map(|value| self.positional(value, item.as_ref()));
            positional.push(Json::Array(items.collect::<Result<_, _>>()?));
        }
        for Argument { name, value } in given.arguments {
            let Some((name, span)) = name else { continue };
            let name = own_name(self.entry, name);
            places.named.push((*span, value.span));
            named.push((name.to_string(), self.argument(value, self.entry.argument(name))?));
        }
        F::from_arguments(positional, named).map_err(|error| {
            explained(self.entry, at_argument(&error, self.span, &places.positional, &places.named))
        })
    }

    fn positional(
        &mut self,
        value: &Positional<'_>,
        described: Option<&Description>,
    ) -> Result<Json, Failure> {
        match value {
            Positional::Known(value, span) => self.known((*value).clone(), *span, described),
            Positional::Typed(expr) => self.argument(expr, described),
        }
    }

    /// An argument for the check against the description; what has none is refused there unread.
    fn argument(&mut self, expr: &Expr, described: Option<&Description>) -> Result<Json, Failure> {
        let Some(argument) = described else { return Ok(Json::Null) };
        if let (Type::List(&Type::Tensor), ExprKind::List(items)) = (argument.ty, &expr.kind) {
            let item = item(argument);
            let items = items.iter().map(|value| self.argument(value, item.as_ref()));
            return Ok(Json::Array(items.collect::<Result<_, _>>()?));
        }
        let value = self.session.evaluate(expr)?;
        self.known(value, expr.span, described)
    }

    /// A value for the check against the description.
    fn known(
        &mut self,
        value: Value,
        span: Span,
        described: Option<&Description>,
    ) -> Result<Json, Failure> {
        let Some(argument) = described else { return Ok(Json::Null) };
        let items = match (argument.ty, &value) {
            (Type::Anything, _) => return Ok(self.keep(value, span)),
            (Type::Tensor, value) if is_tensor(value) => return Ok(self.keep(value.clone(), span)),
            (Type::Tensor, _) => None,
            (Type::List(&Type::Tensor), value) => self.items(value, span)?,
            // A long tensor is not written out to be refused: no argument is a list of so many numbers.
            (_, Value::Tensor(tensor) | Value::Sample(tensor, _))
                if tensor.count() > MOST_ITEMS =>
            {
                None
            }
            (_, &Value::Range(start, end)) if end.saturating_sub(start) > MOST_ITEMS as i64 => None,
            (
                _,
                Value::Number(_)
                | Value::Boolean(_)
                | Value::Text(_)
                | Value::List(_)
                | Value::Range(..)
                | Value::Tensor(_)
                | Value::Mask(_)
                | Value::Sample(..),
            ) => return Ok(value.json()),
            _ => None,
        };
        match items {
            Some(items) => Ok(items.into_iter().map(|item| self.keep(item, span)).collect()),
            None => Err(self.wrong(argument, &value, span)),
        }
    }

    /// An argument that is of another type than is wanted.
    fn wrong(&self, argument: &Description, value: &Value, span: Span) -> Failure {
        let problem = Problem::WrongValue {
            name: argument.name,
            wanted: argument.ty.to_string(),
            given: described(value),
        };
        let failure = Failure::arguments(&ArgumentError::whole(self.entry.name, problem), span);
        explained(self.entry, failure)
    }

    /// Keeps a value, which stands among the arguments by its place here.
    fn keep(&mut self, value: Value, span: Span) -> Json {
        self.values.push((value, span));
        Json::from(self.values.len() - 1)
    }

    /// The tensors of a list, or those along the first axis of a tensor; none if it is neither.
    fn items(&mut self, value: &Value, span: Span) -> Result<Option<Vec<Value>>, Failure> {
        let shape = match value {
            Value::List(items) => return Ok(items.iter().all(is_tensor).then(|| items.clone())),
            Value::Tensor(tensor) | Value::Mask(tensor) | Value::Sample(tensor, _) => {
                tensor.shape()
            }
            Value::Tracked(_) => self.shape_of(value, span)?,
            _ => return Ok(None),
        };
        let Some(&size) = shape.first().filter(|&&size| size <= MOST_ITEMS) else {
            return Ok(None);
        };
        let item = |i: usize| {
            let operation = move |tape: &mut Tape, v: &[Var]| {
                let item = ops::slice(tape, v[0], 0, i, i + 1)?;
                ops::reshape(tape, item, shape.without_batch())
            };
            self.session.apply(&operation, std::slice::from_ref(value), span)
        };
        (0..size).map(item).collect::<Result<_, _>>().map(Some)
    }

    /// A value among the arguments, and its place.
    pub fn item(&self, Item(place): Item) -> (&Value, Span) {
        let (value, span) = &self.values[place];
        (value, *span)
    }

    /// The shape of an operand.
    ///
    /// # Errors
    /// Data that cannot be read.
    pub fn shape(&self, operand: Operand) -> Result<Shape, Failure> {
        let (value, span) = &self.values[operand.0];
        self.shape_of(value, *span)
    }

    /// The shape of a value.
    ///
    /// # Errors
    /// It is no tensor, or data that cannot be read.
    pub fn shape_of(&self, value: &Value, span: Span) -> Result<Shape, Failure> {
        match (value, &self.session.tape) {
            (Value::Tracked(var), Some(tape)) => {
                Ok(tape.get(*var).map_err(|error| Failure::operation(&error, span))?.shape())
            }
            (value, _) => Ok(tensor(value, span)?.shape()),
        }
    }

    /// Operands as tensors, for a function without a derivative.
    ///
    /// # Errors
    /// One of them is on the tape.
    pub fn tensors<const N: usize>(&self, operands: [Operand; N]) -> Result<[Tensor; N], Failure> {
        let mut all: [Tensor; N] = std::array::from_fn(|_| Tensor::scalar(0.0));
        for (slot, Operand(place)) in all.iter_mut().zip(operands) {
            let (value, span) = &self.values[place];
            if matches!(value, Value::Tracked(_)) {
                let text = format!("{} has no derivative here", self.entry.name);
                return Err(Failure::at(self.span, text));
            }
            *slot = tensor(value, *span)?;
        }
        Ok(all)
    }

    /// What a function without a derivative makes of its operands.
    ///
    /// # Errors
    /// One of them is on the tape, or the function refuses them.
    pub fn constant<const N: usize>(
        &self,
        operands: [Operand; N],
        function: impl FnOnce([Tensor; N]) -> Result<Tensor, TensorError>,
    ) -> Result<Tensor, Failure> {
        function(self.tensors(operands)?).map_err(|error| self.failure(error))
    }

    /// An operand as indices.
    ///
    /// # Errors
    /// It is on the tape, or a number is no index.
    pub fn indices(&self, operand: Operand) -> Result<Indices, Failure> {
        let [tensor] = self.tensors([operand])?;
        Indices::try_from(&tensor)
            .map_err(|error| Failure::tensor(&error, self.values[operand.0].1))
    }

    /// An operand's numbers in another shape of as many numbers.
    ///
    /// # Errors
    /// Too many axes, or another number of numbers.
    pub fn reshaped(&mut self, operand: Operand, sizes: &[usize]) -> Result<Value, Failure> {
        let shape = self.new_shape(sizes)?;
        self.apply([operand], |tape, [x]| ops::reshape(tape, x, shape))
    }

    /// Refuses operands whose broadcast result would be too large.
    ///
    /// # Errors
    /// It would be, or they do not broadcast.
    pub fn broadcast<const N: usize>(&self, operands: [Operand; N]) -> Result<(), Failure> {
        let shape = operands.into_iter().try_fold(Shape::SCALAR, |shape, operand| {
            let own = self.shape(operand)?;
            shape.broadcast(&own, self.entry.name).map_err(|error| self.failure(error))
        })?;
        bounds::holds(shape, self.span)
    }

    /// An operation that picks numbers: what it picked, and their positions, as `values` and `indices`.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn picked(
        &mut self,
        operand: Operand,
        operation: impl Fn(&mut Tape, Var) -> Result<(Var, Indices), AutogradError>,
    ) -> Result<Value, Failure> {
        let found = RefCell::new(None);
        let values = self.apply([operand], |tape, [x]| {
            let (values, indices) = operation(tape, x)?;
            found.replace(Some(indices));
            Ok(values)
        })?;
        let indices = found.into_inner().ok_or_else(|| self.failure("nothing was picked"))?;
        let indices = indices.to_tensor().map_err(|error| self.failure(error))?;
        Ok(record([("values", values), ("indices", Value::Tensor(indices))]))
    }

    /// Applies an operation: on the tape if one of its operands is there, otherwise at once.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn apply<const N: usize>(
        &mut self,
        operands: [Operand; N],
        operation: impl Fn(&mut Tape, [Var; N]) -> Result<Var, AutogradError>,
    ) -> Result<Value, Failure> {
        self.apply_all(&operands, |tape, v| operation(tape, std::array::from_fn(|i| v[i])))
    }

    /// The same, of any number of operands.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn apply_all(
        &mut self,
        operands: &[Operand],
        operation: impl Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>,
    ) -> Result<Value, Failure> {
        let values: Vec<Value> =
            operands.iter().map(|operand| self.values[operand.0].0.clone()).collect();
        self.session.apply(&operation, &values, self.span)
    }

    /// An axis of an operand, counted from the first.
    ///
    /// # Errors
    /// There is no such axis.
    pub fn axis(&self, operand: Operand, axis: i64) -> Result<usize, Failure> {
        let shape = self.shape(operand)?;
        let rank = shape.rank();
        let counted = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
        usize::try_from(counted).ok().filter(|&axis| axis < rank).ok_or_else(|| {
            self.failure(format!("there is no axis {axis} in a tensor of shape {shape}"))
        })
    }

    /// The place of a new axis among those of an operand, counted from the first; -1 is after the last.
    ///
    /// # Errors
    /// There is no such place.
    pub fn new_axis(&self, operand: Operand, axis: i64) -> Result<usize, Failure> {
        let shape = self.shape(operand)?;
        let rank = shape.rank();
        let place = if axis < 0 { axis.saturating_add(rank as i64 + 1) } else { axis };
        usize::try_from(place).ok().filter(|&place| place <= rank).ok_or_else(|| {
            let text =
                format!("there is no place {axis} for a new axis in a tensor of shape {shape}");
            self.failure(text)
        })
    }

    /// Several axes of an operand, counted from the first, in their order.
    ///
    /// # Errors
    /// There is no such axis, or one is given twice.
    pub fn axes(&self, operand: Operand, axes: &[i64]) -> Result<Vec<usize>, Failure> {
        let axes: Result<Vec<usize>, Failure> =
            axes.iter().map(|&axis| self.axis(operand, axis)).collect();
        let mut axes = axes?;
        axes.sort_unstable();
        match axes.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(self.failure(format!("axis {} is given twice", pair[0]))),
            None => Ok(axes),
        }
    }

    /// What went wrong, at the place of the call.
    pub fn failure(&self, problem: impl Display) -> Failure {
        Failure::at(self.span, problem.to_string())
    }

    /// The shape of a tensor to be made.
    ///
    /// # Errors
    /// Too many axes, or more numbers than one result may have.
    pub fn new_shape(&self, sizes: &[usize]) -> Result<Shape, Failure> {
        bounds::shape(sizes, self.span)
    }
}

/// Several results under their names.
pub fn record<const N: usize>(results: [(&'static str, Value); N]) -> Value {
    let fields = results.into_iter().map(|(name, value)| (name.to_string(), value));
    Value::Record(fields.collect())
}

/// Numbers of the longest list that an argument can be.
const MOST_ITEMS: usize = 4096;

/// The names that arguments have in PyTorch and NumPy, beside ours.
const HABITS: [(&str, &str); 4] =
    [("dim", "axis"), ("dims", "axis"), ("keepdims", "keepdim"), ("input", "x")];

/// The name that an argument has here.
fn own_name<'a>(entry: &Entry, name: &'a str) -> &'a str {
    let habit = HABITS.iter().find(|(habit, own)| *habit == name && entry.argument(own).is_some());
    match habit {
        Some((_, own)) if entry.argument(name).is_none() => own,
        _ => name,
    }
}

/// A list's item as an argument of the same name.
fn item(argument: &Description) -> Option<Description> {
    let item = |ty: &Type| match ty {
        Type::List(item) => Some(**item),
        _ => None,
    };
    let ty = match argument.ty {
        Type::OneOf(types) => types.iter().find_map(item)?,
        ty => item(&ty)?,
    };
    Some(Description { ty, ..*argument })
}

/// A value as an error names it.
fn described(value: &Value) -> String {
    match value {
        Value::Tensor(tensor) | Value::Sample(tensor, _) if tensor.rank() > 0 => {
            format!("a tensor of shape {}", tensor.shape())
        }
        other => describe(other),
    }
}
