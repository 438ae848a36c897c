//! A run's facts and figures under TensorBoard's tags.

use super::BoardOptions;
use crate::HyperParameter;
use relume_datasets::Dataset;
use relume_training::{EpochRecord, Model, held_out_part};
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
    // A plan that chooses by a validation part holds one out.
    let own = plan.and_then(|plan| held_out_part(data, plan, model.seed()));
    let validation = own.unwrap_or_else(|| data.validation());
    let held_out = [("validation", validation), ("test", data.test())];
    let parts: Vec<&str> =
        held_out.iter().filter_map(|(part, own)| (!own.is_empty()).then_some(*part)).collect();
    if parts.is_empty() {
        return vec!["train/epoch_loss".to_string(), format!("train/{metric}")];
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use relume_formats::{Moons, Source};
    use relume_training::{EarlyStop, Interrupt, Plan, Silent, fit};
    use serde_json::json;

    /// The tags of a training on data without a validation part.
    fn tags(change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let data = Moons::new().load().unwrap();
        let mut plan = Plan::for_data(&data, 1);
        change(&mut plan);
        let mut model = Model::new("dense(2)".parse().unwrap(), 7);
        fit(&mut model, &data, &plan, &mut Silent, &Interrupt::default()).unwrap();
        metrics(&data, &model)
    }

    #[test]
    fn tags_of_a_validation_part_are_there_if_the_run_has_one() {
        let test = ["test/accuracy", "test/loss"];
        let both = ["validation/accuracy", "validation/loss", "test/accuracy", "test/loss"];
        assert_eq!(tags(|_| ()), test);
        let stop = Some(EarlyStop { patience: 2, min_delta: 0.0 });
        assert_eq!(tags(|plan| plan.early_stop = stop), both);
        let by_train = |plan: &mut Plan| {
            (plan.early_stop, plan.monitor) = (stop, Some("loss".to_string()));
        };
        assert_eq!(tags(by_train), test);
        let plateau = |plan: &mut Plan| {
            plan.schedule = serde_json::from_value(json!({ "plateau": {} })).unwrap();
        };
        assert_eq!(tags(plateau), both);
    }
}
