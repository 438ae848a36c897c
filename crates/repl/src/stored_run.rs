//! A run that was kept: as lines, as JSON, and its fields.

use crate::json::exact;
use crate::lines::{WIDTH, cut, folded};
use crate::progress::duration;
use crate::{Record, Value};
use relume_catalog::{count_text, counted};
use relume_tensor::Tensor;
use relume_training::runs::{RunData, RunStatus, StoredRun};
use serde_json::{Value as Json, json};

/// The run in a few lines: network, data, figures.
pub(crate) fn text(run: &StoredRun) -> String {
    let record = &run.record;
    let network = cut(&format!("{} = {}", record.network, record.spec), WIDTH);
    let mut lines = vec![record.name.clone(), network];
    lines.push(format!(
        "{} parameters · {} · seed {}",
        count_text(record.parameters),
        data(&record.data),
        record.seed
    ));
    let seconds = run.seconds.map_or_else(String::new, |own| format!(" in {}", duration(own)));
    lines.push(format!(
        "{} · {}{seconds}",
        record.status.name(),
        counted(run.history.epochs.len(), "epoch")
    ));
    lines.extend(run.history.last().map(|last| folded("", 2, &last).trim_end().to_string()));
    let rest = [&record.problem, &record.statement].into_iter().chain([&run.note]).flatten();
    lines.extend(rest.map(|own| folded("", 2, own).trim_end().to_string()));
    lines.join("\n")
}

fn data(data: &RunData) -> String {
    let parts = data.samples.iter().zip(["train", "validation", "test"]);
    let parts = parts.filter(|(count, _)| **count > 0);
    let parts: Vec<String> =
        parts.map(|(count, part)| format!("{} {part}", count_text(*count))).collect();
    format!("{} ({})", data.name, parts.join(", "))
}

/// The run as JSON: its record, its epochs, its note and its folder.
pub(crate) fn json(run: &StoredRun) -> Json {
    let mut all = exact(&run.record);
    if let Json::Object(fields) = &mut all {
        fields.insert("seconds".to_string(), exact(&run.seconds));
        fields.insert("note".to_string(), exact(&run.note));
        fields.insert("path".to_string(), json!(run.path.display().to_string()));
        fields.insert("epochs".to_string(), exact(&run.history.epochs));
    }
    all
}

/// What a run has beside the figures of its history.
const FIELDS: [&str; 18] = [
    "name",
    "status",
    "network",
    "spec",
    "plan",
    "data",
    "fingerprint",
    "seed",
    "parameters",
    "started",
    "seconds",
    "epochs",
    "history",
    "last",
    "best",
    "statement",
    "note",
    "path",
];

/// The names of the fields that every run has.
pub(crate) fn known_fields() -> Vec<String> {
    FIELDS.iter().copied().chain(["loss", "lr"]).map(str::to_string).collect()
}

/// The names of its fields.
pub(crate) fn fields(run: &StoredRun) -> Vec<String> {
    FIELDS.iter().map(|name| (*name).to_string()).chain(run.history.names()).collect()
}

/// A field: of the record, or a figure over the epochs. What a run does not have is nothing.
pub(crate) fn field(run: &StoredRun, name: &str) -> Option<Value> {
    let record = &run.record;
    let text = |text: &str| Value::Text(text.to_string());
    let optional = |own: Option<&String>| own.map_or(Value::Nothing, |own| text(own));
    let file = |name: &str| {
        let path = run.path.join(name);
        match relume_files::is_file(&path) {
            true => text(&path.display().to_string()),
            false => Value::Nothing,
        }
    };
    Some(match name {
        "name" => text(&record.name),
        "status" => text(record.status.name()),
        "network" => text(&record.network),
        "spec" => text(&record.spec),
        "plan" => plain(&record.plan),
        "data" => text(&record.data.name),
        "fingerprint" => text(&record.data.fingerprint),
        "seed" => Value::Number(record.seed as f64),
        "parameters" => Value::Number(record.parameters as f64),
        "started" => text(&record.started),
        "seconds" => run.seconds.map_or(Value::Nothing, Value::Number),
        "epochs" => Value::Number(run.history.epochs.len() as f64),
        "history" => Value::History(run.history.clone()),
        "last" => file("last.rlm"),
        "best" => file("best.rlm"),
        "statement" => optional(record.statement.as_ref()),
        "note" => optional(run.note.as_ref()),
        "path" => text(&run.path.display().to_string()),
        figure => Value::Tensor(Tensor::vector(&run.history.series(figure)?)),
    })
}

/// JSON as a value.
fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nothing,
        Json::Bool(own) => Value::Boolean(*own),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(plain).collect()),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), plain(value)));
            Value::Record(fields.collect::<Record>())
        }
    }
}

/// How far a run has got, unless it came to its end.
pub(crate) fn unfinished(run: &StoredRun) -> Option<&'static str> {
    Some(run.record.status).filter(|own| *own != RunStatus::Finished).map(RunStatus::name)
}
