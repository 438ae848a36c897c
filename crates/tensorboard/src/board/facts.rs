//! A run's facts and figures under TensorBoard's tags.

use super::BoardOptions;
use crate::HyperParameter;
use relume_datasets::Dataset;
use relume_training::{EpochRecord, Model, Plan};
use serde_json::{Map, Value};

/// The figures of an epoch: those of a part under its name, as `validation/accuracy`.
pub(super) fn figures(record: &EpochRecord, metric: &str) -> Vec<(String, f32)> {
    let mut figures = vec![
        ("train/epoch_loss".to_string(), record.loss),
        (format!("train/{metric}"), record.metric),
    ];
    let mut put = |tag: String, value: Option<f32>| figures.extend(value.map(|x| (tag, x)));
    put("validation/loss".to_string(), record.validation_loss);
    put(format!("validation/{metric}"), record.validation_metric);
    put("test/loss".to_string(), record.test_loss);
    put(format!("test/{metric}"), record.test_metric);
    for (name, value) in &record.metrics {
        let part = ["validation", "test"].into_iter().find_map(|part| {
            let name = name.strip_prefix(part)?.strip_prefix('_')?;
            Some(format!("{part}/{name}"))
        });
        put(part.unwrap_or_else(|| format!("train/{name}")), Some(*value));
    }
    figures
}

/// The tags by which runs are compared: the last figures of the held-out parts, or of the train part if there are none.
pub(super) fn metrics(data: &Dataset, model: &Model) -> Vec<String> {
    let metric = &model.run().history.metric;
    let plan = model.run().plan.as_ref();
    // If the plan chooses by them, a tenth of the train part becomes a validation part.
    let has_validation = !data.validation().is_empty() || plan.is_some_and(Plan::chooses);
    let held_out = [("validation", has_validation), ("test", !data.test().is_empty())];
    let mut parts: Vec<&str> =
        held_out.into_iter().filter_map(|(part, is_there)| is_there.then_some(part)).collect();
    if parts.is_empty() {
        return vec!["train/epoch_loss".to_string(), format!("train/{metric}")];
    }
    parts.dedup();
    let tags = |part: &str| [format!("{part}/{metric}"), format!("{part}/loss")];
    parts.into_iter().flat_map(tags).collect()
}

/// What runs are told apart by: always the same names, so that they become columns of one table.
pub(super) fn hyperparameters(
    options: &BoardOptions,
    model: &Model,
) -> Vec<(String, HyperParameter)> {
    let number = |x: f64| HyperParameter::Number(x);
    let mut found = vec![
        ("network", HyperParameter::Text(model.spec().to_string())),
        ("data", HyperParameter::Text(options.data.name().to_string())),
        ("seed", number(model.seed() as f64)),
        ("parameters", number(model.network().map_or(0, |own| own.parameters().count()) as f64)),
    ];
    if let Some(plan) = &model.run().plan {
        found.extend([
            ("optimizer", HyperParameter::Text(plan.optimizer.entry().name.to_string())),
            ("lr", number(plan.optimizer.inner().learning_rate())),
            ("batch", number(plan.batch as f64)),
            ("epochs", number(plan.epochs as f64)),
            ("loss", HyperParameter::Text(plan.loss.to_string())),
            ("schedule", HyperParameter::Text(plan.schedule.to_string())),
        ]);
    }
    found.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// Network, plan and statement in Markdown.
pub(super) fn texts(options: &BoardOptions, model: &Model) -> Vec<(&'static str, String)> {
    let code = |text: &str| format!("    {}", text.replace('\n', "\n    "));
    let mut texts = vec![("run/network", code(&model.spec().to_string()))];
    if let Some(Ok(Value::Object(plan))) = model.run().plan.as_ref().map(serde_json::to_value) {
        texts.push(("run/plan", table(&plan)));
    }
    if let Some(statement) = &options.statement {
        texts.push(("run/statement", code(statement)));
    }
    texts
}

/// Options as a table, with those of specifications by names with dots.
fn table(options: &Map<String, Value>) -> String {
    fn rows(prefix: &str, options: &Map<String, Value>, table: &mut String) {
        for (name, value) in options {
            let name = format!("{prefix}{name}");
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    rows(&format!("{name}."), inner, table);
                }
                Value::Null => {}
                Value::String(text) => table.push_str(&format!("| {name} | {text} |\n")),
                value => table.push_str(&format!("| {name} | {value} |\n")),
            }
        }
    }
    let mut table = "| option | value |\n| --- | --- |\n".to_string();
    rows("", options, &mut table);
    table
}
