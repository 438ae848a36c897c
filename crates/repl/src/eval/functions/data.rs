//! Functions that say how large a value is.

use super::Function;
use super::call::Call;
use super::operand::{Item, Operand};
use crate::{Failure, Value};
use relume_catalog::Spec;
use relume_tensor::Tensor;

/// The sizes of a tensor's axes.
///
/// ```relume
/// shape([[1, 2, 3]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Shape {
    /// A tensor.
    pub x: Operand,
}

impl Function for Shape {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let shape = call.shape(self.x)?;
        Ok(Value::Tensor(Tensor::from_fn(shape.rank(), |i| shape[i] as f32)))
    }
}

/// How many items a value has.
///
/// Of a tensor the size of its first axis, of a list its items, of a string its letters, of a record its fields, of a
/// network its layers, of data their samples.
///
/// ```relume
/// len([[1, 2, 3], [4, 5, 6]])
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(function)]
pub struct Len {
    /// A tensor, a list, a string, a record, a range, a network or data.
    pub x: Item,
}

impl Function for Len {
    fn call(self, call: &mut Call<'_>) -> Result<Value, Failure> {
        let (value, span) = call.item(self.x);
        let none = || Failure::at(span, format!("{} has no length", value.kind()));
        let size = match value {
            Value::Text(text) => text.chars().count(),
            Value::List(items) => items.len(),
            Value::Record(record) => record.len(),
            Value::Range(start, end) => usize::try_from(end.saturating_sub(*start)).unwrap_or(0),
            Value::Network(model) => model.spec().layers.len(),
            Value::Data(data) => data.all().len(),
            Value::Part(part) => part.len(),
            Value::Tensor(_) | Value::Mask(_) | Value::Sample(..) | Value::Tracked(_) => {
                *call.shape_of(value, span)?.first().ok_or_else(none)?
            }
            _ => return Err(none()),
        };
        Ok(Value::Number(size as f64))
    }
}
