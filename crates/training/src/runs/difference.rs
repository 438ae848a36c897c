//! How two runs differ.

use super::StoredRun;
use relume_datasets::shortest;
use serde::Serialize;
use serde_json::{Map, Value};

/// One thing in which two runs differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What differs: `plan.optimizer.lr`, `spec`, `data.fingerprint`.
    pub what: String,
    /// What the first run has; null if it has none.
    pub first: Value,
    /// What the second run has.
    pub second: Value,
}

/// How two runs differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunDifferences {
    /// The names of both.
    pub runs: [String; 2],
    /// What differs of network, plan, data, seed, version and machine.
    pub settings: Vec<Difference>,
    /// The figures of the last epoch and the seconds of both, also where they are equal.
    pub figures: Vec<Difference>,
}

/// What differs between any two runs.
const OWN: [&str; 8] =
    ["name", "started", "ended", "seconds", "reached", "best", "statement", "schema"];

impl RunDifferences {
    /// How the second run differs from the first.
    pub fn of(first: &StoredRun, second: &StoredRun) -> Self {
        RunDifferences {
            runs: [first, second].map(|run| run.record.name.clone()),
            settings: pairs([first, second].map(settings))
                .filter(|own| own.first != own.second)
                .collect(),
            figures: pairs([first, second].map(figures)).collect(),
        }
    }
}

/// The values of both by their names: in the order of the first, then what only the second has.
fn pairs([first, mut second]: [Map<String, Value>; 2]) -> impl Iterator<Item = Difference> {
    let mut pairs = Vec::new();
    for (what, first) in first {
        let second = second.shift_remove(&what).unwrap_or(Value::Null);
        pairs.push(Difference { what, first, second });
    }
    let rest = second.into_iter();
    pairs.extend(rest.map(|(what, second)| Difference { what, first: Value::Null, second }));
    pairs.into_iter()
}

/// All of a run's record but what is its own, by names with dots.
fn settings(run: &StoredRun) -> Map<String, Value> {
    let mut flat = Map::new();
    // A record is always written as an object.
    if let Ok(Value::Object(record)) = serde_json::to_value(&run.record) {
        let told = record.into_iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
        told.for_each(|(name, value)| flatten(&name, value, &mut flat));
    }
    flat
}

fn flatten(name: &str, value: Value, flat: &mut Map<String, Value>) {
    match value {
        // A specification: its name, and its options.
        Value::Object(fields) if fields.len() == 1 && fields.values().all(Value::is_object) => {
            for (own, options) in fields {
                flat.insert(name.to_string(), own.into());
                flatten(name, options, flat);
            }
        }
        Value::Object(fields) if fields.is_empty() => {}
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), value, flat);
            }
        }
        value => {
            flat.insert(name.to_string(), value);
        }
    }
}

fn figures(run: &StoredRun) -> Map<String, Value> {
    let mut figures = Map::from_iter([("epochs".to_string(), run.history.epochs.len().into())]);
    for name in run.history.columns() {
        if let Some(value) = run.figure(&name) {
            figures.insert(name, shortest(value as f32).into());
        }
    }
    figures.insert("seconds".to_string(), run.seconds.into());
    figures
}
