//! A call whose arguments are evaluated: what functions work with.

use super::bounds;
use super::operand::{Item, Operand};
use crate::eval::tensor;
use crate::syntax::Span;
use crate::{Failure, Session, Value};
use relume_autograd::{AutogradError, Tape, Var};
use relume_catalog::{Entry, Value as Json};
use relume_tensor::{Indices, Shape, Tensor, TensorError};
use std::cell::RefCell;
use std::fmt::Display;

/// A call whose arguments are evaluated: what a function works with.
pub struct Call<'a> {
    pub session: &'a mut Session,
    pub(super) entry: &'static Entry,
    /// Where the call stands.
    pub span: Span,
    /// Where the first argument stands; the call, if there is none.
    pub first: Span,
    /// The tensors and other values among the arguments, with their places.
    pub(super) values: Vec<(Value, Span)>,
}

impl Call<'_> {
    /// Keeps a value, which stands among the arguments by its place here.
    pub(super) fn keep(&mut self, value: Value, span: Span) -> Json {
        self.values.push((value, span));
        Json::from(self.values.len() - 1)
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

    /// An operation with several results, each under its name.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn named<const N: usize>(
        &mut self,
        operand: Operand,
        names: [&'static str; N],
        operation: impl Fn(&mut Tape, Var) -> Result<[Var; N], AutogradError>,
    ) -> Result<Value, Failure> {
        let operands = [self.values[operand.0].0.clone()];
        let operation = |tape: &mut Tape, v: &[Var]| Ok(operation(tape, v[0])?.to_vec());
        let all = self.session.apply_all(&operation, &operands, self.span)?;
        let fields = names.iter().map(|name| name.to_string()).zip(all);
        Ok(Value::Record(fields.collect()))
    }

    /// An operation with several results, as a list.
    ///
    /// # Errors
    /// What the operation refuses.
    pub fn several(
        &mut self,
        operand: Operand,
        operation: impl Fn(&mut Tape, Var) -> Result<Vec<Var>, AutogradError>,
    ) -> Result<Value, Failure> {
        let operands = [self.values[operand.0].0.clone()];
        let all = self.session.apply_all(&|tape, v| operation(tape, v[0]), &operands, self.span)?;
        Ok(Value::List(all))
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
