//! Indexing and fields: `x[0]`, `x[2..5]`, `d.test`, `mlp.layers[0].weight`, `mlp.history.loss`.

use super::metric;
use super::places::{Pick, Place, indices};
use super::watched;
use crate::stored_run;
use crate::syntax::{Expr, ExprKind, Span, Subscript};
use crate::{Failure, Session, Value};
use relume_activations::Constant;
use relume_autograd::ops;
use relume_catalog::nearest;
use relume_datasets::{Dataset, Part};
use relume_layers::{Parameter, Stage};
use relume_tensor::Tensor;
use relume_training::{Comparison, Model, Summary, TrainError, WatchRecord};

impl Session {
    pub(super) fn index(
        &mut self,
        base: &Expr,
        subscripts: &[Subscript],
    ) -> Result<Value, Failure> {
        if let ExprKind::Name(name) = &base.kind
            && let Some(Value::List(_)) = self.names.get(name)
        {
            return self.item_of_list(name, subscripts, base.span);
        }
        if self.is_stored_runs(base) {
            return self.picked_runs(subscripts, base.span);
        }
        let value = self.evaluate(base)?;
        let places = self.places(subscripts)?;
        self.item_of(value, &places, base.span)
    }

    /// An item of a list that has a name; the others are not copied.
    fn item_of_list(
        &mut self,
        name: &str,
        subscripts: &[Subscript],
        base: Span,
    ) -> Result<Value, Failure> {
        let places = self.places(subscripts)?;
        match (places.as_slice(), self.names.get(name)) {
            ([place], Some(Value::List(items))) if place.is_single() => {
                Ok(items[place.position(items.len())?].clone())
            }
            (_, value) => {
                let value = value.cloned().unwrap_or(Value::Nothing);
                self.item_of(value, &places, base)
            }
        }
    }

    /// What subscripts pick of a value; `base` is the place of what has the items.
    pub(crate) fn item_of(
        &mut self,
        value: Value,
        places: &[Place],
        base: Span,
    ) -> Result<Value, Failure> {
        if matches!(
            value,
            Value::Tensor(_) | Value::Sample(..) | Value::Mask(_) | Value::Tracked(_)
        ) {
            return self.numbers(value, places, base);
        }
        let [place] = places else {
            let span = places.last().map_or(base, |place| place.span);
            return Err(Failure::at(
                span,
                format!("{} has one axis, so it takes one index", value.kind()),
            ));
        };
        match value {
            Value::List(items) if place.is_single() => match items.first() {
                Some(Value::Layer(model, 0)) if model.spec().layers.len() == items.len() => {
                    layer(model, place)
                }
                _ => Ok(items[place.position(items.len())?].clone()),
            },
            Value::List(items) => {
                let positions = place.positions(items.len())?;
                Ok(Value::List(positions.into_iter().map(|at| items[at].clone()).collect()))
            }
            Value::Text(text) => {
                let letters: Vec<char> = text.chars().collect();
                let positions = place.positions(letters.len())?;
                Ok(Value::Text(positions.into_iter().map(|at| letters[at]).collect()))
            }
            Value::Range(start, end) => range_item((start, end), place),
            record @ Value::Record(_) => match place.name() {
                Some(name) => self.field_of(&record, name, place.span),
                None => Err(Failure::at(place.span, "a field of a record is picked by its name")),
            },
            Value::Network(model) => {
                let part = model.part(&place.stages(model.spec())?);
                let part = part.map_err(|error| Failure::training(&error, place.span, None))?;
                Ok(Value::Network(Box::new(part)))
            }
            Value::Data(data) => sample(&data.all(), place),
            Value::Part(part) => sample(&part, place),
            value => Err(Failure::at(base, format!("{} has no items to pick", value.kind()))),
        }
    }

    /// Numbers of a tensor; while a gradient is taken, as an operation on the tape.
    fn numbers(&mut self, value: Value, places: &[Place], base: Span) -> Result<Value, Failure> {
        let tensor = super::tensor(&self.concrete(value.clone()), base)?;
        let indices = indices(places, tensor.dims(), base)?;
        let span = places.first().zip(places.last());
        let span = span.map_or(base, |(first, last)| first.span.to(last.span));
        match value {
            Value::Tracked(_) => {
                return self.apply(&|tape, v| ops::index(tape, v[0], &indices), &[value], span);
            }
            Value::Mask(mask) => mask.index(&indices).map(Value::Mask),
            _ => tensor.index(&indices).map(Value::Tensor),
        }
        .map_err(|error| Failure::tensor(&error, span))
    }

    pub(super) fn field(&mut self, base: &Expr, name: &str, span: Span) -> Result<Value, Failure> {
        let value = self.evaluate(base)?;
        self.field_of(&value, name, span)
    }

    /// A field of a value.
    pub(crate) fn field_of(
        &mut self,
        value: &Value,
        name: &str,
        span: Span,
    ) -> Result<Value, Failure> {
        let found = match value {
            Value::Record(record) => record.get(name).cloned(),
            Value::Data(data) => data_field(data, name, span)?,
            Value::Part(part) => part_field(part, name, span)?,
            Value::Network(model) => network_field(model, name, span)?,
            Value::Layer(model, index) => layer_field(model, *index, name),
            Value::History(history) => {
                let series = history.series(name);
                let series = series.map(|values| Value::Tensor(Tensor::vector(&values)));
                series.or_else(|| watched::figure(history, name))
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
            Value::Comparison(comparison) => comparison_field(comparison, name, span)?,
            Value::Run(run) => stored_run::field(run, name),
            Value::Tensor(_) | Value::Mask(_) | Value::Sample(..) | Value::Tracked(_) => {
                self.tensor_field(value, name, span)?
            }
            _ => None,
        };
        found.ok_or_else(|| {
            let fields = fields(value);
            let failure = Failure::at(span, format!("{} has no `{name}`", value.kind()));
            if let Value::Layer(model, _) = value
                && model.state().is_empty()
            {
                return failure.help(
                    "the network has no weights yet: train it first, or begin it with input(...)",
                );
            }
            if matches!(value, Value::History(_)) && WatchRecord::FIGURES.contains(&name) {
                return failure.help(absent(value, name));
            }
            let is_tensor = fields.iter().any(|field| field == "T");
            match nearest(name, fields.iter().map(String::as_str)) {
                Some(near) if near == name => failure.help(absent(value, name)),
                Some(near) => failure.help(format!("did you mean `{near}`?")),
                None if is_tensor => {
                    failure.help("it has shape and T, and what `help functions` lists: x.sum()")
                }
                None if fields.is_empty() => failure,
                None => failure.help(format!("it has {}", fields.join(", "))),
            }
        })
    }
}

impl Session {
    /// What a tensor is known to have by habit, also on the tape of a gradient.
    fn tensor_field(
        &mut self,
        value: &Value,
        name: &str,
        span: Span,
    ) -> Result<Option<Value>, Failure> {
        let shape = super::tensor(&self.concrete(value.clone()), span)?.shape();
        match name {
            "shape" => Ok(Some(sizes(&shape))),
            "T" if shape.rank() == 2 => {
                let operand = std::slice::from_ref(value);
                self.apply(&|tape, v| ops::transpose(tape, v[0]), operand, span).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// A layer of a network by its number or its path; one inside of a stage as that of a network of its own.
fn layer(model: &Model, place: &Place) -> Result<Value, Failure> {
    let failed = |error: TrainError| Failure::training(&error, place.span, None);
    let stages = place.stages(model.spec())?;
    if stages.prefix(model.spec()).map_err(|error| failed(error.into()))?.is_empty() {
        return Ok(Value::Layer(Box::new(model.clone()), stages.range().start));
    }
    Ok(Value::Layer(Box::new(model.part(&stages).map_err(failed)?), 0))
}

/// One sample's input as a tensor, or several samples as a part.
fn sample(part: &Part, place: &Place) -> Result<Value, Failure> {
    let failed = |error| Failure::data(&error, place.span);
    let from_start = |i: i64| if i < 0 { i + part.len() as i64 } else { i };
    let position = |i: i64| usize::try_from(from_start(i)).map_err(|_| place.outside(part.len()));
    match (&place.pick, place.number()) {
        (_, Some(i)) => {
            let i = position(i)?;
            let one = part.slice(i, i + 1).map_err(failed)?;
            let inputs = one.inputs().map_err(failed)?;
            let input = inputs.at(0).map_err(|error| Failure::tensor(&error, place.span))?;
            Ok(Value::Sample(input, one))
        }
        (Pick::Slice { start, end, step: 1 }, None) => {
            let start = position(start.unwrap_or(0))?;
            let end = end.map_or(Ok(part.len()), position)?;
            Ok(Value::Part(part.slice(start, end).map_err(failed)?))
        }
        _ => Err(Failure::at(
            place.span,
            "a sample is picked by its number, samples by a range such as 2..5",
        )),
    }
}

/// A number of a range, or a part of it.
fn range_item((start, end): (i64, i64), place: &Place) -> Result<Value, Failure> {
    let size = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    if place.is_single() {
        return Ok(Value::Number((start + place.position(size)? as i64) as f64));
    }
    let part = place.stretch(size)?;
    Ok(Value::Range(start + part.start as i64, start + part.end as i64))
}

/// The names that stand after a value's point.
pub(crate) fn fields(value: &Value) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    match value {
        Value::Record(record) => record.iter().map(|(name, _)| name.to_string()).collect(),
        Value::Data(_) => {
            own(&["train", "validation", "test", "inputs", "targets", "classes", "features"])
        }
        Value::Part(_) => own(&["inputs", "targets"]),
        Value::Network(_) => {
            own(&["layers", "history", "watch", "parameters", "classes", "best", "wreck"])
        }
        Value::Layer(model, index) => {
            let own = parameters(model, *index).into_iter().map(|(name, _)| name);
            own.chain(options(model, *index).into_iter().map(|(name, _)| name)).collect()
        }
        Value::History(history) => {
            history.names().into_iter().chain(watched::figure_names(history)).collect()
        }
        Value::Evaluation(result) => {
            let metrics = result.metrics.iter().map(|measured| measured.metric.entry().name);
            own(&["loss", result.metric].into_iter().chain(metrics).collect::<Vec<_>>())
        }
        Value::Run(run) => stored_run::fields(run),
        Value::Comparison(comparison) => {
            let figures = own(&["settings", "best", "mean", "sd", "difference", "p", "p_holm"]);
            figures.into_iter().chain(comparison.figures()).collect()
        }
        Value::Tensor(_) | Value::Mask(_) | Value::Sample(..) | Value::Tracked(_) => {
            own(&["shape", "T"].into_iter().chain(super::functions::methods()).collect::<Vec<_>>())
        }
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
        "validation" => Some(Value::Part(data.validation())),
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

/// A figure of each setting in the order in which they were given, or its curves `[settings, epochs]`.
fn comparison_field(
    comparison: &Comparison,
    name: &str,
    span: Span,
) -> Result<Option<Value>, Failure> {
    let mut given: Vec<&Summary> = comparison.summary.iter().collect();
    given.sort_by_key(|own| own.variant);
    let numbers = |figure: fn(&Summary) -> Option<f64>| {
        let values: Vec<f32> =
            given.iter().map(|own| figure(own).map_or(f32::NAN, |x| x as f32)).collect();
        Some(Value::Tensor(Tensor::vector(&values)))
    };
    let setting = |own: &Summary| own.values.join(", ");
    Ok(match name {
        "settings" => Some(texts(&given.iter().map(|own| setting(own)).collect::<Vec<_>>())),
        "best" => comparison.best().map(|best| Value::Text(setting(best))),
        "mean" => numbers(|own| own.mean),
        "sd" => numbers(|own| own.sd),
        "difference" => numbers(|own| own.difference),
        "p" => numbers(|own| own.p),
        "p_holm" => numbers(|own| own.p_holm),
        figure => match comparison.curves(figure) {
            Some(curves) => {
                let epochs = curves.iter().map(|own| own.values.len()).max().unwrap_or(0);
                let at = |i: usize| {
                    curves[i / epochs].values.get(i % epochs).map_or(f32::NAN, |&x| x as f32)
                };
                let numbers = (0..curves.len() * epochs).map(at).collect();
                let tensor = Tensor::new([curves.len(), epochs], numbers);
                Some(Value::Tensor(tensor.map_err(|error| Failure::tensor(&error, span))?))
            }
            None => None,
        },
    })
}

/// What a field is that a value of its kind may have and this one has not, or a name that is a function's.
fn absent(value: &Value, name: &str) -> String {
    match (value, name) {
        (Value::Network(_), "best") => {
            "train with keep=\"best\": then it is the network with the best weights so far"
                .to_string()
        }
        (Value::Network(_), "wreck") => {
            "it is the network as it broke, after a training that diverged".to_string()
        }
        (Value::Network(_), "watch") | (Value::History(_), _) => {
            "train with watch=true: then it is kept for every stage and parameter".to_string()
        }
        (Value::Network(_), "parameters") => {
            "the network has no weights yet: train it first, or begin it with input(...)"
                .to_string()
        }
        _ => format!("it is a function: call it, .{name}()"),
    }
}

fn network_field(model: &Model, name: &str, span: Span) -> Result<Option<Value>, Failure> {
    let network = |model: Model| Value::Network(Box::new(model));
    Ok(match name {
        "layers" => {
            let layer = |index| Value::Layer(Box::new(model.clone()), index);
            Some(Value::List((0..model.spec().layers.len()).map(layer).collect()))
        }
        "history" => Some(Value::History(model.run().history.clone())),
        "watch" => watched::watch(&model.run().history),
        "parameters" => model.network().map(|own| Value::Number(own.parameters().count() as f64)),
        "classes" => Some(texts(model.classes())),
        "best" => {
            let best = model.best().map_err(|error| Failure::training(&error, span, None))?;
            best.map(network)
        }
        "wreck" => model.wreck().map(network),
        _ => None,
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

/// A layer's options by their names, those that are numbers, truth values, strings or lists of numbers.
fn options(model: &Model, index: usize) -> Vec<(String, Value)> {
    let Some(stage) = model.spec().layers.get(index) else { return Vec::new() };
    let (_, arguments) = stage.record();
    // `bias` is the parameter, not whether there is one.
    let options = arguments.into_iter().filter(|(name, _)| name != "bias");
    let options = options.filter_map(|(name, json)| Some((name, option(&json)?)));
    options.chain(features(model, index)).chain(constants(stage)).collect()
}

/// The constants of an activation function of one's own that are not trained.
fn constants(stage: &Stage) -> Vec<(String, Value)> {
    let Some(Ok(definition)) = stage.formula().map(|formula| formula.read()) else {
        return Vec::new();
    };
    let fixed = definition.constants.into_iter().filter_map(|(name, constant)| match constant {
        Constant::Fixed(x) => Some((name, Value::Number(x))),
        Constant::Trained { .. } => None,
    });
    fixed.collect()
}

/// The numbers of inputs and outputs of a `dense` layer by PyTorch's names, once it has weights.
fn features(model: &Model, index: usize) -> Vec<(String, Value)> {
    let is_dense = model.spec().layers.get(index).is_some_and(|s| s.entry().name == "dense");
    let weight =
        parameters(model, index).into_iter().find(|(name, _)| is_dense && name == "weight");
    let sizes = weight.map(|(_, weight)| weight.shape());
    match sizes.as_deref() {
        Some(&[outputs, inputs]) => [("in_features", inputs), ("out_features", outputs)]
            .map(|(name, size)| (name.to_string(), Value::Number(size as f64)))
            .to_vec(),
        _ => Vec::new(),
    }
}

fn option(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Bool(b) => Value::Boolean(*b),
        serde_json::Value::Number(x) => Value::Number(x.as_f64()?),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => {
            let numbers = items.iter().map(|item| Some(item.as_f64()? as f32));
            Value::Tensor(Tensor::vector(&numbers.collect::<Option<Vec<_>>>()?))
        }
        _ => return None,
    })
}

fn layer_field(model: &Model, index: usize, name: &str) -> Option<Value> {
    let own = parameters(model, index).into_iter().find(|(own, _)| own == name);
    own.map(|(_, tensor)| Value::Tensor(tensor)).or_else(|| {
        options(model, index).into_iter().find(|(own, _)| own == name).map(|(_, value)| value)
    })
}
