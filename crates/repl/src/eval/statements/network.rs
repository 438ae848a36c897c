//! Assignments into networks: a layer is replaced, a weight is set.

use super::assign::{Into, Remarks, write_numbers};
use crate::eval::places::Place;
use crate::eval::tensor;
use crate::syntax::Span;
use crate::{Failure, Value};
use relume_catalog::nearest;
use relume_layers::{Network, Parameter, StagePlace};
use relume_tensor::Shape;
use relume_training::{Model, TrainError};

/// `net.layers[1] = relu`, `net.layers[0].weight = w`: what comes after the name of the field.
pub(super) fn write_field(
    model: &mut Model,
    (name, span): (&str, Span),
    rest: &[Into],
    new: Value,
) -> Result<Remarks, Failure> {
    let help = "its layers can be: net.layers[1] = relu, net.layers[0].weight = w";
    match (name, rest.split_first()) {
        ("layers", Some((Into::Index(places, span), rest))) => {
            write_stage(model, (places, *span), rest, new)
        }
        ("layers", _) => Err(Failure::at(span, "layers are given values one by one").help(help)),
        _ => {
            Err(Failure::at(span, format!("a network's {name} cannot be given a value")).help(help))
        }
    }
}

/// What stands in a place of a network, or one of its parameters.
pub(super) fn write_stage(
    model: &mut Model,
    (places, span): (&[Place], Span),
    rest: &[Into],
    new: Value,
) -> Result<Remarks, Failure> {
    let [place] = places else {
        return Err(Failure::at(span, "a network has one axis, so it takes one index"));
    };
    let stages = place.stages(model.spec())?;
    match rest {
        [] => replace(model, &stages, place, new),
        [Into::Field(name, span), rest @ ..] if place.is_single() => {
            set_parameter(model, &stages, (name, *span), rest, new)
        }
        _ => Err(Failure::at(place.span, "what follows stands for one layer, net.layers[0]")
            .help("a weight is set by its name: net.layers[0].weight = w")),
    }
}

/// Puts layers in the place of others.
fn replace(
    model: &mut Model,
    stages: &StagePlace,
    place: &Place,
    new: Value,
) -> Result<Remarks, Failure> {
    let span = place.span;
    let failed = |error: &TrainError| Failure::training(error, span, None);
    let with = match new {
        Value::Network(with) => *with,
        Value::Layer(from, index) => {
            from.slice(index..index + 1).map_err(|error| failed(&error))?
        }
        other => {
            return Err(Failure::at(span, format!("a layer is wanted here, not {}", other.kind()))
                .help("for example: net.layers[1] = relu"));
        }
    };
    let count = with.spec().layers.len();
    if count != 1 && place.is_single() {
        return Err(Failure::at(span, format!("one layer is replaced by one, not by {count}"))
            .help("name a range, net.layers[1..2] = ..., or make one stage of them: chain(...)"));
    }
    let before = outputs(model);
    let was_named = !model.classes().is_empty() || !model.numbers().is_empty();
    let changed = model.spec().replaced(stages, &with.spec().layers).ok();
    let mismatched = model
        .replace(stages, &with)
        .map_err(|error| Failure::training(&error, span, changed.as_ref()))?;
    let mut remarks: Remarks = mismatched.iter().map(ToString::to_string).collect();
    if let (Some(before), Some(after)) = (before, outputs(model))
        && before != after
        && was_named
    {
        remarks.push(format!(
            "the network gives {after} now, not {before}: what it predicts is named by the data that it is \
             trained on next"
        ));
    }
    Ok(remarks)
}

fn outputs(model: &Model) -> Option<Shape> {
    model.network().map(Network::output)
}

/// Gives a parameter or buffer of a layer other numbers, or some of its numbers.
fn set_parameter(
    model: &mut Model,
    stages: &StagePlace,
    (name, span): (&str, Span),
    rest: &[Into],
    new: Value,
) -> Result<Remarks, Failure> {
    let failed = |error: TrainError| Failure::training(&error, span, None);
    let prefix = stages.prefix(model.spec()).map_err(|error| failed(error.into()))?;
    let layer = format!("{prefix}{}.", stages.range().start);
    let state = model.state();
    let path = format!("{layer}{name}");
    let Some(parameter) = state.get(&path) else {
        return Err(match state.is_empty() {
            true => failed(TrainError::NotBuilt),
            false => unknown(&state.iter().collect::<Vec<_>>(), &layer, name, span),
        });
    };
    let value = match rest {
        [] => tensor(&new, span)?,
        [Into::Index(places, at)] => {
            let mut numbers = parameter.value.clone();
            write_numbers(&mut numbers, (places, *at), &[], new)?;
            numbers
        }
        _ => return Err(Failure::at(span, format!("{path} is a tensor: it has items, no fields"))),
    };
    model.set_parameter(&path, &value).map_err(failed)?;
    Ok(Remarks::new())
}

/// A name that is no parameter of the layer.
fn unknown(state: &[&Parameter], layer: &str, name: &str, span: Span) -> Failure {
    let own: Vec<&str> =
        state.iter().filter_map(|parameter| parameter.name.strip_prefix(layer)).collect();
    let failure = Failure::at(span, format!("the layer has no weight `{name}`"));
    match nearest(name, own.iter().copied()) {
        Some(near) => failure.help(format!("did you mean `{near}`?")),
        None if own.is_empty() => {
            failure.help("options are changed with the layer: net.layers[0] = dense(8)")
        }
        None => failure.help(format!(
            "it has {}; options are changed with the layer: net.layers[0] = dense(8)",
            own.join(", ")
        )),
    }
}
