//! The lines of `steps.jsonl` and `epochs.jsonl`.

use crate::{BatchTrace, EpochRecord, History};
use relume_datasets::shortest;
use serde::Serialize;
use serde_json::{Map, Value};

/// A line of `steps.jsonl`.
#[derive(Serialize)]
struct StepLine {
    step: u64,
    epoch: u64,
    batch: u64,
    loss: f32,
    lr: f64,
    gradient_norm: Option<f64>,
    seconds: f64,
}

/// A batch as a line, so many seconds after the run began.
pub(super) fn step_line(trace: &BatchTrace<'_>, seconds: f64) -> serde_json::Result<String> {
    let &BatchTrace { step, epoch, batch, loss, lr, gradient_norm, .. } = trace;
    let line = StepLine { step, epoch, batch, loss, lr, gradient_norm, seconds: rounded(seconds) };
    serde_json::to_string(&line)
}

/// Microseconds are enough.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// An epoch as a line: its figures under the names that the history has for them. One that the run found done has no
/// seconds.
pub(super) fn epoch_line(record: &EpochRecord, metric: &str, seconds: Option<f64>) -> String {
    let mut line = Map::from_iter([("epoch".to_string(), Value::from(record.epoch))]);
    let mut put = |name: String, value: Option<f32>| {
        line.extend(value.map(|value| (name, Value::from(shortest(value)))));
    };
    put("loss".to_string(), Some(record.loss));
    put(metric.to_string(), Some(record.metric));
    put("validation_loss".to_string(), record.validation_loss);
    put(format!("validation_{metric}"), record.validation_metric);
    put("test_loss".to_string(), record.test_loss);
    put(format!("test_{metric}"), record.test_metric);
    record.metrics.iter().for_each(|(name, value)| put(name.clone(), Some(*value)));
    line.insert("lr".to_string(), record.lr.into());
    line.insert("seconds".to_string(), seconds.map(rounded).into());
    Value::Object(line).to_string()
}

/// The epochs of a text of such lines. A line that is not whole, as a crash may leave it, is left out.
pub(super) fn history(text: &str, metric: &str) -> History {
    let epochs = text.lines().filter_map(|line| epoch(serde_json::from_str(line).ok()?, metric));
    let mut history = History { metric: metric.to_string(), ..History::default() };
    history.epochs = epochs.collect();
    history
}

/// When the last epoch of such lines was done, in seconds after the run began.
pub(super) fn last_seconds(text: &str) -> Option<f64> {
    let mut lines = text.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
    lines.find_map(|line: Value| line.get("seconds")?.as_f64())
}

fn epoch(mut line: Map<String, Value>, metric: &str) -> Option<EpochRecord> {
    // What is not finite is null.
    let number = |value: Value| value.as_f64().unwrap_or(f64::NAN);
    let epoch = line.remove("epoch")?.as_u64()?;
    line.remove("seconds");
    let lr = number(line.remove("lr")?);
    let mut figure = |name: &str| line.remove(name).map(|value| number(value) as f32);
    Some(EpochRecord {
        epoch,
        lr,
        loss: figure("loss")?,
        metric: figure(metric)?,
        validation_loss: figure("validation_loss"),
        validation_metric: figure(&format!("validation_{metric}")),
        test_loss: figure("test_loss"),
        test_metric: figure(&format!("test_{metric}")),
        metrics: line.into_iter().map(|(name, value)| (name, number(value) as f32)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn epochs_come_back_from_their_lines_and_half_a_line_is_left_out() {
        let record = EpochRecord {
            epoch: 3,
            loss: 0.1,
            metric: 0.25,
            validation_loss: Some(0.3),
            validation_metric: Some(0.5),
            test_loss: None,
            test_metric: None,
            metrics: BTreeMap::from([("validation_f1".to_string(), 0.7)]),
            lr: 0.001,
        };
        let line = epoch_line(&record, "accuracy", Some(1.25));
        let expected = concat!(
            r#"{"epoch":3,"loss":0.1,"accuracy":0.25,"validation_loss":0.3,"#,
            r#""validation_accuracy":0.5,"validation_f1":0.7,"lr":0.001,"seconds":1.25}"#
        );
        assert_eq!(line, expected);
        let text = format!("{line}\n{}", &line[..40]);
        let history = history(&text, "accuracy");
        assert_eq!(history.epochs, [record]);
        assert_eq!(history.metric, "accuracy");
    }
}
