//! `predict`.

use super::{Command, command};
use crate::eval::tensor;
use crate::syntax::Span;
use crate::{Failure, Session, Value, show};
use relume_catalog::{Argument, Type};
use relume_tensor::Tensor;
use relume_training::{Model, predict};
use serde_json::json;

/// Classes that are shown of a single sample, the likeliest first.
const SHOWN: usize = 5;

pub const PREDICT: Command = command(
    "predict",
    "shows what a network says of samples: classes with probabilities, or numbers",
    "A string is a sample as you have it, and is prepared as the training samples were: the path of a picture where the network was trained on images, or a row of numbers with commas between them; a list of strings holds several. Tensors and parts of data sets are prepared already.",
    &[
        Argument::new("network", Type::Anything, "the network"),
        Argument::new(
            "on",
            Type::Anything,
            "a string or a list of strings; a sample, a part of a data set, or a tensor",
        ),
    ],
    "predict mlp on digits.test[0..5]",
    |session, given| {
        given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let expr = given.required("on")?;
        let value = match session.evaluate(expr)? {
            Value::Data(data) => Value::Part(data.test()),
            other => other,
        };
        let samples = samples(&model, &value, expr.span)?;
        let outputs = predict(&model, &samples)
            .map_err(|error| Failure::training(&error, expr.span, Some(model.spec())))?;
        match probabilities(&outputs, &model) {
            Some(probabilities) => show_classes(session, &model, &value, &probabilities),
            None => session.show_value(Value::Tensor(outputs.clone())),
        }
        session.names.insert("_".to_string(), Value::Tensor(outputs));
        Ok(())
    },
);

/// The prepared inputs `[samples, ...]` of what was given.
fn samples(model: &Model, value: &Value, span: Span) -> Result<Tensor, Failure> {
    let failed = |error| Failure::tensor(&error, span);
    let raw = |text: &str| {
        let sample = model.sample(text);
        let sample = sample.map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
        let shape = sample.shape().with_batch(1).map_err(failed)?;
        sample.reshape(shape).map_err(failed)
    };
    let samples = match value {
        Value::Text(text) => return raw(text),
        Value::List(items) if matches!(items.first(), Some(Value::Text(_))) => {
            let one = |item: &Value| match item {
                Value::Text(text) => raw(text),
                other => {
                    Err(Failure::at(span, format!("strings are wanted, not {}", other.kind())))
                }
            };
            let samples: Vec<Tensor> = items.iter().map(one).collect::<Result<_, _>>()?;
            return Tensor::concat(&samples.iter().collect::<Vec<_>>(), 0).map_err(failed);
        }
        other => tensor(other, span)?,
    };
    match model.network() {
        Some(network) if network.input() == samples.shape() => {
            let shape = samples.shape().with_batch(1).map_err(failed)?;
            samples.reshape(shape).map_err(failed)
        }
        _ => Ok(samples),
    }
}

/// The probability of each class, where the network tells classes apart: its outputs as they are where it ends in softmax or
/// sigmoid, otherwise through these. A single output is the second of two classes.
fn probabilities(outputs: &Tensor, model: &Model) -> Option<Vec<Vec<f32>>> {
    let classes = model.classes().len();
    let width = outputs.shape().tail(1).count().max(1);
    let last = model.spec().layers.last().map_or("", |stage| stage.entry().name);
    let row = |row: &[f32]| match (row, last) {
        (&[p], "sigmoid") => vec![1.0 - p, p],
        (&[x], _) => vec![1.0 / (1.0 + x.exp()), 1.0 / (1.0 + (-x).exp())],
        (row, "softmax" | "sigmoid") => row.to_vec(),
        (row, _) => {
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = row.iter().map(|x| (x - most).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.into_iter().map(|x| x / sum).collect()
        }
    };
    let tells = width == classes || width == 1 && classes == 2;
    (tells && classes > 0).then(|| outputs.data().chunks(width).map(row).collect())
}

/// A table of the samples' likeliest classes, or of a single sample's likeliest few.
fn show_classes(session: &mut Session, model: &Model, value: &Value, probabilities: &[Vec<f32>]) {
    let classes = model.classes();
    let percent = |p: f32| format!("{:.1} %", p * 100.0);
    let best = |row: &[f32]| {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        order
    };
    let result = |row: &Vec<f32>| {
        let best = best(row)[0];
        json!({ "class": classes[best], "probability": row[best] })
    };
    let results: Vec<_> = probabilities.iter().map(result).collect();
    let text = match probabilities {
        [row] if !matches!(value, Value::Part(_)) => {
            let rows = best(row).into_iter().take(SHOWN);
            show::table(
                &["class", "probability"],
                rows.map(|class| vec![classes[class].clone(), percent(row[class])]),
            )
        }
        rows => {
            let truth = |i| match value {
                Value::Part(part) => part.class_of(i).map(|(class, _)| class),
                _ => None,
            };
            let row = |(i, row): (usize, &Vec<f32>)| {
                let best = best(row)[0];
                let mark = match truth(i) {
                    Some(class) if class == best => "right".to_string(),
                    Some(class) => format!("wrong, it is {}", classes[class]),
                    None => String::new(),
                };
                vec![i.to_string(), classes[best].clone(), percent(row[best]), mark]
            };
            show::table(&["sample", "class", "probability", ""], rows.iter().enumerate().map(row))
        }
    };
    session.output.result(&text, || json!({ "predictions": results }));
}
