//! Reaching inside: `x[0]`, `x[2..5]`, `d.test`, `mlp.layers[0].weight`, `mlp.history.loss`.

use super::metric;
use crate::syntax::{Expr, Span};
use crate::{Failure, Session, Value};
use relume_catalog::nearest;
use relume_datasets::{Dataset, Part};
use relume_layers::Parameter;
use relume_tensor::Tensor;
use relume_training::Model;

impl Session {
    pub(super) fn index(&mut self, base: &Expr, index: &Expr) -> Result<Value, Failure> {
        let value = self.evaluate(base)?;
        let place = self.evaluate(index)?;
        let outside = |size: usize| {
            Failure::at(index.span, format!("there are {size} items, counted from 0"))
        };
        let at = |i: f64, size: usize| match i.fract() == 0.0 && i >= 0.0 && (i as usize) < size {
            true => Ok(i as usize),
            false => Err(outside(size)),
        };
        let span = |start: i64, end: i64, size: usize| match 0 <= start
            && start <= end
            && end as usize <= size
        {
            true => Ok((start as usize, end as usize)),
            false => Err(outside(size)),
        };
        match (value, place) {
            (Value::Tensor(tensor) | Value::Sample(tensor, _), Value::Number(i)) => {
                let size = tensor.dims().first().copied().ok_or_else(|| outside(0))?;
                let item = tensor.at(at(i, size)?);
                Ok(Value::Tensor(item.map_err(|error| Failure::tensor(&error, index.span))?))
            }
            (Value::Tensor(tensor) | Value::Sample(tensor, _), Value::Range(start, end)) => {
                let size = tensor.dims().first().copied().ok_or_else(|| outside(0))?;
                let (start, end) = span(start, end, size)?;
                let items = tensor.slice(0, start, end);
                Ok(Value::Tensor(items.map_err(|error| Failure::tensor(&error, index.span))?))
            }
            (tracked @ Value::Tracked(_), Value::Number(i)) if i.fract() == 0.0 && i >= 0.0 => {
                let i = i as usize;
                self.apply(
                    &|tape, v| {
                        let shape = tape.value(v[0]).shape().without_batch();
                        let item = relume_autograd::ops::slice(tape, v[0], 0, i, i + 1)?;
                        relume_autograd::ops::reshape(tape, item, shape)
                    },
                    &[tracked],
                    index.span,
                )
            }
            (Value::List(items), Value::Number(i)) => Ok(items[at(i, items.len())?].clone()),
            (Value::List(items), Value::Range(start, end)) => {
                let (start, end) = span(start, end, items.len())?;
                Ok(Value::List(items[start..end].to_vec()))
            }
            (Value::Network(model), Value::Range(start, end)) => {
                let (start, end) = span(start, end, model.spec().layers.len())?;
                let part = model.slice(start..end);
                let part = part.map_err(|error| Failure::training(&error, index.span, None))?;
                Ok(Value::Network(Box::new(part)))
            }
            (Value::Data(data), place) => self.sample(&data.all(), &place, index.span),
            (Value::Part(part), place) => self.sample(&part, &place, index.span),
            (value, _) => {
                Err(Failure::at(base.span, format!("{} has no items to pick", value.kind())))
            }
        }
    }

    /// One sample's input as a tensor, or several samples as a part.
    fn sample(&mut self, part: &Part, place: &Value, span: Span) -> Result<Value, Failure> {
        let failed = |error| Failure::data(&error, span);
        match *place {
            Value::Number(i) if i.fract() == 0.0 && i >= 0.0 => {
                let one = part.slice(i as usize, i as usize + 1).map_err(failed)?;
                let inputs = one.inputs().map_err(failed)?;
                let input = inputs.at(0).map_err(|error| Failure::tensor(&error, span))?;
                Ok(Value::Sample(input, one))
            }
            Value::Range(start, end) if 0 <= start && start < end => {
                Ok(Value::Part(part.slice(start as usize, end as usize).map_err(failed)?))
            }
            _ => Err(Failure::at(
                span,
                "a sample is picked by its number, samples by a range such as 2..5",
            )),
        }
    }

    pub(super) fn field(&mut self, base: &Expr, name: &str, span: Span) -> Result<Value, Failure> {
        let value = self.evaluate(base)?;
        let found = match &value {
            Value::Data(data) => data_field(data, name, span)?,
            Value::Part(part) => part_field(part, name, span)?,
            Value::Network(model) => network_field(model, name),
            Value::Layer(model, index) => layer_field(model, *index, name),
            Value::History(history) => {
                history.series(name).map(|values| Value::Tensor(Tensor::vector(&values)))
            }
            Value::Evaluation(result) => match name {
                "loss" => Some(Value::Tensor(Tensor::scalar(result.loss))),
                name if name == result.metric => {
                    Some(Value::Tensor(Tensor::scalar(result.metric_value)))
                }
                name => {
                    let mut metrics = result.metrics.iter();
                    let measured = metrics.find(|measured| measured.metric.entry().name == name);
                    measured.map(|measured| metric::value(&measured.value))
                }
            },
            Value::Tensor(tensor) | Value::Sample(tensor, _) => match name {
                "shape" => Some(sizes(tensor.dims())),
                "T" => tensor.transpose().ok().map(Value::Tensor),
                _ => None,
            },
            _ => None,
        };
        found.ok_or_else(|| {
            let fields = fields(&value);
            let failure = Failure::at(span, format!("{} has no `{name}`", value.kind()));
            match nearest(name, fields.iter().map(String::as_str)) {
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None if fields.is_empty() => failure,
                None => failure.help(format!("it has {}", fields.join(", "))),
            }
        })
    }
}

/// The names that stand behind a value's point.
pub(crate) fn fields(value: &Value) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    match value {
        Value::Data(_) => own(&["train", "test", "inputs", "targets", "classes", "features"]),
        Value::Part(_) => own(&["inputs", "targets"]),
        Value::Network(_) => own(&["layers", "history", "parameters", "classes"]),
        Value::Layer(model, index) => {
            parameters(model, *index).into_iter().map(|(name, _)| name).collect()
        }
        Value::History(history) => history.names(),
        Value::Evaluation(result) => {
            let metrics = result.metrics.iter().map(|measured| measured.metric.entry().name);
            own(&["loss", result.metric].into_iter().chain(metrics).collect::<Vec<_>>())
        }
        Value::Tensor(_) | Value::Sample(..) => own(&["shape", "T"]),
        _ => Vec::new(),
    }
}

fn texts(names: &[String]) -> Value {
    Value::List(names.iter().cloned().map(Value::Text).collect())
}

fn sizes(dims: &[usize]) -> Value {
    Value::List(dims.iter().map(|&size| Value::Number(size as f64)).collect())
}

fn data_field(data: &Dataset, name: &str, span: Span) -> Result<Option<Value>, Failure> {
    Ok(match name {
        "train" => Some(Value::Part(data.train())),
        "test" => Some(Value::Part(data.test())),
        "classes" => Some(texts(data.classes().unwrap_or_default())),
        "features" => Some(texts(data.features())),
        _ => part_field(&data.all(), name, span)?,
    })
}

fn part_field(part: &Part, name: &str, span: Span) -> Result<Option<Value>, Failure> {
    let failed = |error| Failure::data(&error, span);
    Ok(match name {
        "inputs" => Some(Value::Tensor(part.inputs().map_err(failed)?)),
        "targets" => {
            let targets = part.targets().map_err(failed)?.to_tensor();
            Some(Value::Tensor(targets.map_err(|error| failed(error.into()))?))
        }
        _ => None,
    })
}

fn network_field(model: &Model, name: &str) -> Option<Value> {
    Some(match name {
        "layers" => {
            let layer = |index| Value::Layer(Box::new(model.clone()), index);
            Value::List((0..model.spec().layers.len()).map(layer).collect())
        }
        "history" => Value::History(model.run().history.clone()),
        "parameters" => Value::Number(model.network()?.parameters().count() as f64),
        "classes" => texts(model.classes()),
        _ => return None,
    })
}

/// A stage's parameters by their names within it.
fn parameters(model: &Model, index: usize) -> Vec<(String, Tensor)> {
    let prefix = format!("{index}.");
    let own = |parameter: &Parameter| {
        Some((parameter.name.strip_prefix(&prefix)?.to_string(), parameter.value.clone()))
    };
    match model.network() {
        Some(network) => network.parameters().iter().filter_map(|(_, p)| own(p)).collect(),
        None => model.state().iter().filter_map(own).collect(),
    }
}

fn layer_field(model: &Model, index: usize, name: &str) -> Option<Value> {
    let mut all = parameters(model, index).into_iter();
    all.find(|(own, _)| own == name).map(|(_, tensor)| Value::Tensor(tensor))
}
