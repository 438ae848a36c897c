//! Values as JSON.

use super::exact::{exact, number, single};
use crate::Value;
use crate::sessions::{dims, memory};
use crate::stored_run;
use relume_datasets::{Dataset, Part, Targets};
use relume_inspection::summarise;
use relume_training::Model;
use serde_json::{Map, Value as Json, json};

/// A value that is shown.
pub(crate) fn value(value: &Value) -> Json {
    let mut object = json!({ "type": kind(value), "value": plain(value) });
    if let Json::Object(fields) = &mut object {
        fields.extend(details(value));
    }
    object
}

/// A value that was given a name.
pub(crate) fn defined(name: &str, value: &Value) -> Json {
    let mut object = json!({ "type": kind(value), "defined": name, "value": plain(value) });
    if let Json::Object(fields) = &mut object {
        fields.extend(details(value));
    }
    object
}

/// A name of the session, without its value.
pub(crate) fn variable(name: &str, value: &Value) -> Json {
    json!({ "name": name, "kind": kind(value), "shape": dims(value), "memory": memory(value) })
}

/// What a value is, in a word.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Number(_) => "number",
        Value::Text(_) => "string",
        Value::Boolean(_) => "boolean",
        Value::List(_) => "list",
        Value::Record(_) => "record",
        Value::Mask(_) => "mask",
        Value::Function(_) => "function",
        Value::Nothing => "nothing",
        Value::Range(..) => "range",
        Value::Tensor(_) | Value::Tracked(_) | Value::Sample(..) => "tensor",
        Value::Network(_) => "network",
        Value::Layer(..) => "layer",
        Value::Data(_) => "dataset",
        Value::Part(_) => "part",
        Value::Spec(spec) => spec.entry().kind.noun(),
        Value::History(_) => "history",
        Value::Evaluation(_) => "evaluation",
        Value::Comparison(_) => "comparison",
        Value::Run(_) => "run",
    }
}

/// The value alone, as it also stands in lists.
pub(crate) fn plain(value: &Value) -> Json {
    match value {
        Value::Number(x) => number(*x),
        Value::Text(text) => json!(text),
        Value::Boolean(b) => json!(b),
        Value::List(items) => items.iter().map(plain).collect(),
        Value::Record(record) => {
            record.iter().map(|(name, value)| (name.to_string(), plain(value))).collect()
        }
        Value::Range(start, end) => json!({ "start": start, "end": end }),
        Value::Tensor(tensor) | Value::Sample(tensor, _) => {
            nested(tensor.dims(), tensor.data(), &single)
        }
        Value::Mask(mask) => nested(mask.dims(), mask.data(), &|x| Json::from(x != 0.0)),
        Value::Tracked(_) | Value::Nothing => Json::Null,
        Value::Function(function) => json!(function.to_string()),
        Value::Network(model) => exact(model.spec()),
        Value::Layer(model, index) => exact(&model.spec().layers.get(*index)),
        Value::Data(data) => json!(data.to_string()),
        Value::Part(part) => json!(part.to_string()),
        Value::Spec(spec) => spec.json(),
        Value::History(history) => exact(history),
        Value::Evaluation(evaluation) => exact(evaluation),
        Value::Comparison(comparison) => exact(comparison),
        Value::Run(run) => stored_run::json(run),
    }
}

/// What is told of a value besides itself.
fn details(value: &Value) -> Map<String, Json> {
    let fields = match value {
        Value::Tensor(_) | Value::Sample(..) | Value::Mask(_) => json!({ "shape": dims(value) }),
        Value::Network(model) => network(model),
        Value::Data(data) => dataset(data),
        Value::Part(part) => self::part(part),
        _ => return Map::new(),
    };
    match fields {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A tensor's numbers as lists in lists.
fn nested(dims: &[usize], data: &[f32], write: &dyn Fn(f32) -> Json) -> Json {
    match dims {
        [] => data.first().map_or(Json::Null, |&x| write(x)),
        [_] => data.iter().map(|&x| write(x)).collect(),
        [_, rest @ ..] => {
            let width: usize = rest.iter().product();
            data.chunks(width.max(1)).map(|part| nested(rest, part, write)).collect()
        }
    }
}

/// A network's layers; shapes and numbers of parameters once they are known.
fn network(model: &Model) -> Json {
    let summary = model.network().map(summarise);
    let layers = model.spec().layers.iter().enumerate().map(|(index, stage)| {
        let row = summary.as_ref().and_then(|summary| summary.rows.get(index));
        let options = match exact(stage) {
            Json::Object(fields) => fields.into_iter().next().map_or(Json::Null, |(_, own)| own),
            _ => Json::Null,
        };
        json!({
            "index": index,
            "type": stage.entry().name,
            "text": stage.to_string(),
            "options": options,
            "shape": row.map(|row| &row.output),
            "parameters": row.map(|row| row.parameters),
            "frozen": row.map(|row| row.frozen),
        })
    });
    json!({
        "input": summary.as_ref().map(|summary| &summary.input),
        "layers": layers.collect::<Vec<_>>(),
        "parameters": summary.as_ref().map(|summary| summary.parameters),
        "trained_parameters": summary.as_ref().map(|summary| summary.trained),
    })
}

fn dataset(data: &Dataset) -> Json {
    let (classes, numbers) = match data.targets() {
        Targets::Classes { names, .. } => (Some(names), None),
        Targets::Places(places) => (Some(&places.names), None),
        targets => (None, Some(targets.numbers())),
    };
    json!({
        "name": data.name(),
        "samples": data.len(),
        "parts": {
            "train": data.train().len(),
            "validation": data.validation().len(),
            "test": data.test().len(),
        },
        "shape": data.sample_shape().to_vec(),
        "classes": classes,
        "targets": numbers,
        "columns": data.features(),
    })
}

fn part(part: &Part) -> Json {
    json!({
        "name": part.name(),
        "samples": part.len(),
        "shape": part.data().sample_shape().to_vec(),
        "classes": part.data().classes(),
    })
}
