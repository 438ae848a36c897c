//! The values of the command language.

use crate::tables::Spec;
use crate::{Function, Record};
use relume_autograd::Var;
use relume_catalog::Given;
use relume_datasets::{Dataset, Part};
use relume_tensor::Tensor;
use relume_training::runs::StoredRun;
use relume_training::{Comparison, Evaluation, History, Model};

/// Ranges longer than this are written as their start and end.
const LONGEST_RANGE: i64 = 1_000_000;

/// A value of the command language.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// A truth value.
    Boolean(bool),
    /// A list that is not a tensor.
    List(Vec<Value>),
    /// Named values in their order.
    Record(Record),
    /// Whole numbers from the first up to, but not including, the second.
    Range(i64, i64),
    /// A tensor.
    Tensor(Tensor),
    /// Truth values in the shape of a tensor, as 0 and 1: what a comparison of tensors gives.
    Mask(Tensor),
    /// A tensor on the tape, while a gradient is computed.
    Tracked(Var),
    /// A network, with everything that its training needs.
    Network(Box<Model>),
    /// One stage of a network.
    Layer(Box<Model>, usize),
    /// A data set.
    Data(Dataset),
    /// A part of a data set.
    Part(Part),
    /// A sample of a data set, as its tensor there, and its origin: a network prepares it in its own way.
    Sample(Tensor, Part),
    /// A specification: an optimizer, a schedule, a loss, an initializer.
    Spec(Spec),
    /// The history of a run.
    History(History),
    /// A model's figures on samples.
    Evaluation(Box<Evaluation>),
    /// Trainings that were compared.
    Comparison(Box<Comparison>),
    /// A run that was kept.
    Run(Box<StoredRun>),
    /// A function of the user's.
    Function(Function),
    /// What a function gives that gives no value.
    Nothing,
}

impl Value {
    /// Its kind, with an article.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Boolean(_) => "a truth value",
            Value::List(_) => "a list",
            Value::Record(_) => "a record",
            Value::Range(..) => "a range",
            Value::Mask(_) => "a mask",
            Value::Tensor(_) | Value::Tracked(_) | Value::Sample(..) => "a tensor",
            Value::Network(_) => "a network",
            Value::Layer(..) => "a layer",
            Value::Data(_) => "a data set",
            Value::Part(_) => "a part of a data set",
            Value::Spec(spec) => spec.kind(),
            Value::History(_) => "a training history",
            Value::Evaluation(_) => "an evaluation",
            Value::Comparison(_) => "a comparison",
            Value::Run(_) => "a run",
            Value::Function(_) => "a function",
            Value::Nothing => "nothing",
        }
    }

    /// The value as an argument of a specification; specifications stay as they were built.
    pub(crate) fn given(self) -> Given {
        match self {
            Value::Spec(spec) => spec.given(),
            Value::Network(model) => Given::built(model.spec().clone()),
            Value::List(items) => Given::List(items.into_iter().map(Value::given).collect()),
            // JSON has no such number, and null would be read as "not given": no argument takes the word.
            Value::Number(x) if !x.is_finite() => Given::Plain(x.to_string().into()),
            other => Given::Plain(other.json()),
        }
    }

    /// The value as JSON: as a plain argument of a specification, or as a result.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::{Value as Json, json};
        match self {
            Value::Number(x) if x.fract() == 0.0 && x.abs() < 9e15 => json!(*x as i64),
            Value::Number(x) => json!(x),
            Value::Text(text) => json!(text),
            Value::Boolean(b) => json!(b),
            Value::List(items) => Json::Array(items.iter().map(Value::json).collect()),
            Value::Record(record) => {
                record.iter().map(|(name, value)| (name.to_string(), value.json())).collect()
            }
            Value::Range(start, end) if end.saturating_sub(*start) <= LONGEST_RANGE => {
                (*start..*end).collect()
            }
            Value::Range(start, end) => json!({ "start": start, "end": end }),
            Value::Mask(mask) => mask_json(mask.dims(), mask.data()),
            Value::Tensor(tensor) | Value::Sample(tensor, _) => {
                tensor_json(tensor.dims(), tensor.data())
            }
            Value::Tracked(_) | Value::Nothing => Json::Null,
            Value::Function(function) => json!(function.to_string()),
            Value::Network(model) => json!(model.spec()),
            Value::Layer(model, index) => json!(model.spec().layers.get(*index)),
            Value::Data(data) => json!(data.to_string()),
            Value::Part(part) => json!(part.to_string()),
            Value::Spec(spec) => spec.json(),
            Value::History(history) => json!(history),
            Value::Evaluation(evaluation) => json!(evaluation),
            Value::Comparison(comparison) => json!(comparison),
            Value::Run(run) => json!(run.record),
        }
    }
}

fn tensor_json(dims: &[usize], data: &[f32]) -> serde_json::Value {
    match dims {
        [] => number_json(data.first().copied().unwrap_or(f32::NAN)),
        [_] => data.iter().map(|&x| number_json(x)).collect(),
        [_, rest @ ..] => {
            let width: usize = rest.iter().product();
            data.chunks(width.max(1)).map(|part| tensor_json(rest, part)).collect()
        }
    }
}

fn mask_json(dims: &[usize], data: &[f32]) -> serde_json::Value {
    match dims {
        [] => data.first().is_some_and(|&x| x != 0.0).into(),
        [_] => data.iter().map(|&x| x != 0.0).collect(),
        [_, rest @ ..] => {
            let width: usize = rest.iter().product();
            data.chunks(width.max(1)).map(|part| mask_json(rest, part)).collect()
        }
    }
}

/// A float with the digits that it needs as a float, not as a double.
fn number_json(x: f32) -> serde_json::Value {
    x.to_string().parse::<f64>().ok().map_or(serde_json::Value::Null, serde_json::Value::from)
}
