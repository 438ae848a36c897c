//! Shapes of values, and the memory that they take.

use crate::Value;
use relume_tensor::{Shape, Tensor};
use relume_training::Model;

/// The sizes of a value: of a tensor its shape, of data the number of samples and the shape of one, of a list the
/// number of its items; none where a value has none.
pub(crate) fn dims(value: &Value) -> Option<Vec<usize>> {
    let samples = |count: usize, sample: Shape| [&[count][..], &sample].concat();
    match value {
        Value::Tensor(tensor) | Value::Sample(tensor, _) | Value::Mask(tensor) => {
            Some(tensor.dims().to_vec())
        }
        Value::Data(data) => Some(samples(data.len(), data.sample_shape())),
        Value::Part(part) => Some(samples(part.len(), part.data().sample_shape())),
        Value::List(items) => Some(vec![items.len()]),
        Value::Record(record) => Some(vec![record.len()]),
        Value::Range(start, end) => {
            Some(vec![usize::try_from(end.saturating_sub(*start)).unwrap_or(0)])
        }
        _ => None,
    }
}

/// The sizes of a value as text; of a network the shapes of a sample and of its output.
pub(crate) fn shape(value: &Value) -> Option<String> {
    if let Value::Network(model) = value {
        let network = model.network()?;
        return Some(format!("{} -> {}", network.input(), network.output()));
    }
    let dims: Vec<String> = dims(value)?.iter().map(usize::to_string).collect();
    Some(dims.join(" x ")).filter(|text| !text.is_empty())
}

/// The bytes that a value's numbers and texts take; none where that is not worth telling. What several values share
/// counts for each of them.
pub(crate) fn memory(value: &Value) -> Option<usize> {
    match value {
        Value::Number(_) => Some(size_of::<f64>()),
        Value::Boolean(_) => Some(size_of::<bool>()),
        Value::Text(text) => Some(text.len()),
        Value::Range(..) => Some(2 * size_of::<i64>()),
        Value::List(items) => items.iter().map(memory).sum(),
        Value::Record(record) => record.iter().map(|(_, value)| memory(value)).sum(),
        Value::Tensor(tensor) | Value::Sample(tensor, _) | Value::Mask(tensor) => {
            Some(tensor_memory(tensor))
        }
        Value::Network(model) | Value::Layer(model, _) => Some(model_memory(model)),
        Value::Data(data) => Some(data.memory()),
        Value::Part(part) => Some(part.data().memory()),
        Value::History(history) => Some(size_of_val(&history.epochs[..])),
        Value::Evaluation(result) => {
            Some(result.confusion.iter().map(|row| size_of_val(&row[..])).sum())
        }
        Value::Run(run) => Some(size_of_val(&run.history.epochs[..])),
        Value::Comparison(own) => {
            Some(own.runs.iter().map(|run| size_of_val(&run.epochs[..])).sum())
        }
        _ => None,
    }
}

fn tensor_memory(tensor: &Tensor) -> usize {
    let each = if tensor.halves().is_some() { size_of::<u16>() } else { size_of::<f32>() };
    tensor.count() * each
}

/// Weights, buffers, and what the optimizer keeps for them.
fn model_memory(model: &Model) -> usize {
    let state: usize = model.state().iter().map(|parameter| tensor_memory(&parameter.value)).sum();
    let slots = model.optimizer().map(|optimizer| optimizer.state().slots).unwrap_or_default();
    state + slots.iter().flat_map(|(_, tensors)| tensors).map(tensor_memory).sum::<usize>()
}
