//! Results as JSON: one object in a line, in the form that docs/json.md describes.

mod describe;
mod error;
mod exact;
mod value;

pub(crate) use describe::entry;
pub(crate) use error::error;
pub(crate) use exact::exact;
pub(crate) use value::{defined, plain, value, variable};

use relume_training::{ComparedRun, EpochRecord, Evaluation, Progress};
use serde_json::{Map, Value as Json, json};

/// The version of the form. It rises when a field changes its meaning or goes; new fields do not raise it.
pub(crate) const VERSION: u32 = 1;

/// What is printed as JSON besides results and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonOutput {
    /// An object for each epoch, instead of a line on standard error.
    pub progress: bool,
    /// An object for each remark and warning, instead of a line on standard error.
    pub remarks: bool,
}

/// An object with the version of its form and its type in front. An object that does not say its type has the name of
/// its first field: `saved`, `drawn`.
pub(crate) fn versioned(object: Json) -> Json {
    let Json::Object(fields) = object else {
        return versioned(json!({ "value": object }));
    };
    let first = fields.keys().next().cloned().unwrap_or_default();
    let mut all = Map::from_iter([("version".to_string(), VERSION.into())]);
    all.insert("type".to_string(), fields.get("type").cloned().unwrap_or_else(|| first.into()));
    all.extend(fields.into_iter().filter(|(name, _)| name != "type"));
    Json::Object(all)
}

/// A remark beside the results.
pub(crate) fn remark(text: &str) -> Json {
    json!({ "type": "remark", "message": text })
}

/// A remark on something that will probably go wrong.
pub(crate) fn warning(text: &str) -> Json {
    json!({ "type": "warning", "message": text })
}

/// A finished epoch.
pub(crate) fn progress(progress: &Progress, record: &EpochRecord, metric: &str) -> Json {
    json!({
        "type": "progress",
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "batches": progress.batches,
        "metric": metric,
        "record": exact(record),
        "samples_per_second": exact(&progress.samples_per_second),
        "seconds_left": exact(&progress.left.as_secs_f64()),
    })
}

/// A finished fold of a cross-validation, counted from 1.
pub(crate) fn fold(fold: usize, folds: usize, evaluation: &Evaluation) -> Json {
    json!({ "type": "progress", "fold": fold, "folds": folds, "evaluation": exact(evaluation) })
}

/// A finished training of a comparison or a search.
pub(crate) fn compared(done: usize, all: usize, keys: &[String], run: &ComparedRun) -> Json {
    json!({ "type": "progress", "training": done, "trainings": all, "keys": keys, "run": exact(run) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_says_its_version_and_type_first() {
        let line = |object| versioned(object).to_string();
        assert_eq!(
            line(json!({ "saved": "a.rlm" })),
            r#"{"version":1,"type":"saved","saved":"a.rlm"}"#
        );
        assert_eq!(
            line(json!({ "value": 2, "type": "number" })),
            r#"{"version":1,"type":"number","value":2}"#
        );
        assert_eq!(line(json!(3)), r#"{"version":1,"type":"value","value":3}"#);
    }
}
