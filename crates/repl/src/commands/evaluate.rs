//! `evaluate` and `predict`.

use super::{Command, command};
use crate::eval::tensor;
use crate::syntax::Span;
use crate::{Failure, Session, Value, show};
use relume_catalog::{Argument, Kind, Map, Type, Value as Json};
use relume_losses::LossSpec;
use relume_tensor::{Shape, Tensor};
use relume_training::{MetricSpec, Plan, evaluate_with, predict};
use serde::de::DeserializeOwned;
use serde_json::json;

pub const EVALUATE: Command = command(
    "evaluate",
    "shows a network's loss and metric on data, and for classes what was taken for what",
    "On a data set it takes the test part. As a function, evaluate(net, data), it gives values to compute with.",
    &[
        Argument::new("network", Type::Anything, "the network"),
        Argument::new("on", Type::Anything, "a data set (its test part) or a part of one"),
        Argument::new(
            "loss",
            Type::Spec(Kind::Loss),
            "the loss; the one it was trained with if not given",
        )
        .optional(),
        Argument::new(
            "metrics",
            Type::List(&Type::Spec(Kind::Metric)),
            "further metrics, such as [f1, roc_auc]: `help metrics` lists them",
        )
        .optional(),
    ],
    "evaluate mlp on digits.test metrics=[f1, top_k(k=3)]",
    |session, given| {
        let options = given.checked(session)?;
        let (_, model) = given.network(session, "network")?;
        let expr = given.required("on")?;
        let data = session.evaluate(expr)?;
        let loss: Option<LossSpec> = option(&options, "loss", given.span)?;
        let metrics: Option<Vec<MetricSpec>> = option(&options, "metrics", given.span)?;
        let metrics = metrics.unwrap_or_default();
        let network = Value::Network(model);
        let result = evaluate_on(session, &network, &data, loss, &metrics, expr.span)?;
        session.show_value(result);
        Ok(())
    },
);

/// An option that was given.
fn option<T: DeserializeOwned>(
    options: &Map<String, Json>,
    name: &str,
    span: Span,
) -> Result<Option<T>, Failure> {
    let given = options.get(name).filter(|value| !value.is_null());
    let read = given.map(|value| serde_json::from_value(value.clone())).transpose();
    read.map_err(|error| Failure::at(span, error.to_string()))
}

/// A network's figures on a data set's test part, or on a part.
pub(crate) fn evaluate_on(
    _: &mut Session,
    network: &Value,
    data: &Value,
    loss: Option<LossSpec>,
    metrics: &[MetricSpec],
    span: Span,
) -> Result<Value, Failure> {
    let Value::Network(model) = network else {
        return Err(Failure::at(span, format!("a network is wanted, not {}", network.kind())));
    };
    let part = match data {
        Value::Data(data) => data.test(),
        Value::Part(part) => part.clone(),
        other => return Err(Failure::at(span, format!("data are wanted, not {}", other.kind()))),
    };
    let trained = model.run().plan.as_ref().map(|plan| plan.loss.clone());
    let loss = loss.or(trained).unwrap_or_else(|| Plan::for_data(part.data(), 1).loss);
    let result = evaluate_with(model, &part, &loss, metrics)
        .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
    Ok(Value::Evaluation(Box::new(result)))
}

pub const PREDICT: Command = command(
    "predict",
    "shows what a network says of samples: classes with probabilities, or numbers",
    "Samples are prepared ones, as a data set gives them.",
    &[
        Argument::new("network", Type::Anything, "the network"),
        Argument::new("on", Type::Anything, "a sample, a part of a data set, or a tensor"),
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
        let samples = tensor(&value, expr.span)?;
        let single = model.network().is_some_and(|network| network.input() == samples.shape());
        let samples = match single {
            true => {
                let shape = samples.shape().with_batch(1);
                let shape: Shape = shape.map_err(|error| Failure::tensor(&error, expr.span))?;
                samples.reshape(shape).map_err(|error| Failure::tensor(&error, expr.span))?
            }
            false => samples,
        };
        let outputs = predict(&model, &samples)
            .map_err(|error| Failure::training(&error, expr.span, Some(model.spec())))?;
        let classes = model.classes();
        let width = outputs.shape().tail(1).count().max(1);
        if classes.len() != width {
            session.show_value(Value::Tensor(outputs));
            return Ok(());
        }
        let truth = match &value {
            Value::Part(part) => {
                (0..part.len()).map(|i| part.class_of(i).map(|(class, _)| class)).collect()
            }
            _ => Vec::new(),
        };
        let probabilities = probabilities(&outputs, width, &model);
        let mut rows = Vec::new();
        let mut results = Vec::new();
        for (i, row) in probabilities.chunks(width).enumerate() {
            let best = relume_training::predicted(row, 0.5);
            let own = truth.get(i).copied().flatten();
            let mark = match own {
                Some(class) if class == best => "right".to_string(),
                Some(class) => format!("wrong, it is {}", classes[class]),
                None => String::new(),
            };
            rows.push(vec![
                i.to_string(),
                classes[best].clone(),
                format!("{:.1} %", row[best] * 100.0),
                mark,
            ]);
            results.push(json!({ "class": classes[best], "probability": row[best] }));
        }
        let text = show::table(&["sample", "class", "probability", ""], rows.into_iter());
        session.output.result(&text, || json!({ "predictions": results }));
        session.names.insert("_".to_string(), Value::Tensor(outputs));
        Ok(())
    },
);

/// Outputs as probabilities: as they are where the network ends in softmax or sigmoid, otherwise through softmax.
fn probabilities(outputs: &Tensor, width: usize, model: &relume_training::Model) -> Vec<f32> {
    let last = model.spec().layers.last().map_or("", |stage| stage.entry().name);
    if matches!(last, "softmax" | "sigmoid") {
        return outputs.data().to_vec();
    }
    let mut all = outputs.data().to_vec();
    for row in all.chunks_mut(width) {
        let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter_mut().for_each(|x| *x = (*x - most).exp());
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|x| *x /= sum);
    }
    all
}
