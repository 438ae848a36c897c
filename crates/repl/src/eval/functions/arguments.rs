//! The arguments of a call: evaluated, and checked against the function's description.

use super::Function;
use super::call::Call;
use super::given::{Given, Positional, explained};
use super::operand::is_tensor;
use crate::eval::{at_argument, describe};
use crate::habits::own_name;
use crate::syntax::{Argument, Expr, ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_autograd::{Tape, Var, ops};
use relume_catalog::{Argument as Description, ArgumentError, Problem, Type, Value as Json};

/// Where the arguments of a call stand.
#[derive(Default)]
struct Places {
    positional: Vec<Span>,
    /// Of the names, and of the values.
    named: Vec<(Span, Span)>,
}

/// The arguments of a call as they are read, with where they stand.
struct Evaluated {
    positional: Vec<Json>,
    named: Vec<(String, Json)>,
    places: Places,
}

/// Evaluates and checks the arguments of a call, then calls the function.
// What does not depend on the function is in functions that are compiled once.
pub(super) fn evaluated<F: Function>(
    session: &mut Session,
    given: &Given<'_>,
) -> Result<Value, Failure> {
    let mut call = Call::of(session, given);
    let Evaluated { positional, named, places } =
        call.arguments(given, F::REST, F::TENSOR_IS_ITEM)?;
    let function =
        F::from_arguments(positional, named).map_err(|error| call.refused(&error, &places))?;
    function.call(&mut call)
}

impl<'a> Call<'a> {
    fn of(session: &'a mut Session, given: &Given<'_>) -> Self {
        let first = given.first.as_ref().map(|(_, span)| *span);
        let first = first.or(given.arguments.first().map(|argument| argument.value.span));
        Call {
            session,
            entry: given.entry,
            span: given.span,
            first: first.unwrap_or(given.span),
            values: Vec::new(),
        }
    }
}

impl Call<'_> {
    /// The arguments: tensors and other values are kept here, the rest is checked as it is. `rest` and `tensor_is_item`
    /// are [`Function::REST`] and [`Function::TENSOR_IS_ITEM`].
    fn arguments(
        &mut self,
        given: &Given<'_>,
        rest: Option<&'static str>,
        tensor_is_item: bool,
    ) -> Result<Evaluated, Failure> {
        let arguments = self.entry.arguments;
        let mut places = Places::default();
        let (mut positional, mut named) = (Vec::new(), Vec::new());
        let (by_place, others) = given.by_place(rest);
        for value in by_place {
            places.positional.push(value.span());
            let described = arguments.get(positional.len());
            let is_rest = described.is_some_and(|own| rest == Some(own.name));
            positional.push(match is_rest && tensor_is_item {
                true => self.one_item(&value, described)?,
                false => self.positional(&value, described)?,
            });
        }
        if let [first, .., last] = &others[..] {
            places.positional.push(first.span().to(last.span()));
            let item = arguments.get(positional.len()).and_then(item);
            let items = others.iter().map(|value| self.positional(value, item.as_ref()));
            positional.push(Json::Array(items.collect::<Result<_, _>>()?));
        }
        for Argument { name, value } in given.arguments {
            let Some((name, span)) = name else { continue };
            let name = own_name(self.entry, name);
            places.named.push((*span, value.span));
            named.push((name.to_string(), self.argument(value, self.entry.argument(name))?));
        }
        Ok(Evaluated { positional, named, places })
    }

    /// What is wrong with the arguments, at its place.
    fn refused(&self, error: &ArgumentError, places: &Places) -> Failure {
        let Places { positional, named } = places;
        explained(self.entry, at_argument(error, self.span, positional, named))
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

    /// A list of tensors, which may also be a single tensor.
    fn one_item(
        &mut self,
        value: &Positional<'_>,
        described: Option<&Description>,
    ) -> Result<Json, Failure> {
        let Positional::Typed(expr) = value else { return self.positional(value, described) };
        if matches!(expr.kind, ExprKind::List(_)) {
            return self.argument(expr, described);
        }
        match self.session.evaluate(expr)? {
            list @ Value::List(_) => self.known(list, expr.span, described),
            one => {
                let item = described.and_then(item);
                Ok(Json::Array(vec![self.known(one, expr.span, item.as_ref())?]))
            }
        }
    }

    /// An argument for the check against the description; what has none is refused there unread.
    fn argument(&mut self, expr: &Expr, described: Option<&Description>) -> Result<Json, Failure> {
        let Some(argument) = described else { return Ok(Json::Null) };
        if self.session.is_none(expr) {
            return Ok(Json::Null);
        }
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
            suggestion: None,
        };
        let failure = Failure::arguments(&ArgumentError::whole(self.entry.name, problem), span);
        explained(self.entry, failure)
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
}

/// Numbers of the longest list that an argument can be.
const MOST_ITEMS: usize = 4096;

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
