//! `evaluate`.

use super::{Command, command};
use crate::syntax::Span;
use crate::{Failure, Session, Value};
use relume_catalog::{Argument, Kind, Map, Type, Value as Json};
use relume_losses::LossSpec;
use relume_training::{Further, MetricSpec, Plan, evaluate_with};
use serde::de::DeserializeOwned;

pub const EVALUATE: Command = command(
    "evaluate",
    "shows a network's loss and metric on data, and for classes what was taken for what",
    "On a data set it takes the test part. As a function, evaluate(net, data), it gives values to compute with. With `variants` the first one is the sample as it is, and the others are drawn by the data set's augmentation, which otherwise is for training alone.",
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
        Argument::new(
            "variants",
            Type::COUNT,
            "test-time augmentation: the mean of the outputs for so many variants of each sample counts",
        )
        .or_integer(1),
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
        let variants = option(&options, "variants", given.span)?.unwrap_or(1);
        let further = Further { metrics: &metrics, variants };
        let result = evaluate_on(session, &network, &data, loss, &further, expr.span)?;
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
    further: &Further<'_>,
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
    let result = evaluate_with(model, &part, &loss, further)
        .map_err(|error| Failure::training(&error, span, Some(model.spec())))?;
    Ok(Value::Evaluation(Box::new(result)))
}
