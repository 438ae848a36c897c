//! What was watched in a training, as values: `net.history.update`, `net.watch.outputs`.

use crate::{Record, Value};
use relume_inspection::plot::WatchedValues;
use relume_tensor::Tensor;
use relume_training::{Bins, History, WatchRecord};

/// The names of the figures that a history has of places and parameters, if a training was watched.
pub(super) fn figure_names(history: &History) -> impl Iterator<Item = String> {
    let is_watched = !history.watched.is_empty();
    WatchRecord::FIGURES.into_iter().filter(move |_| is_watched).map(str::to_string)
}

/// A figure of each place or parameter that has it, over the watched steps; none if there is nothing of the name.
pub(super) fn figure(history: &History, name: &str) -> Option<Value> {
    let rows: Option<Vec<_>> = history.watched.iter().map(|record| record.figure(name)).collect();
    let rows = rows.filter(|rows| !rows.is_empty())?;
    let mut names: Vec<&str> = Vec::new();
    for (own, value) in rows.iter().flatten() {
        if !value.is_nan() && !names.contains(own) {
            names.push(own);
        }
    }
    let series = |wanted: &str| {
        let value = |row: &Vec<(&str, f64)>| {
            row.iter().find(|(own, _)| *own == wanted).map_or(f32::NAN, |&(_, x)| x as f32)
        };
        Value::Tensor(Tensor::vector(&rows.iter().map(value).collect::<Vec<_>>()))
    };
    Some(Value::Record(names.iter().map(|own| (own.to_string(), series(own))).collect()))
}

/// The epochs and steps that were watched, and the distributions by place: ends `[times]` and counts `[times, bins]`.
/// None if nothing was watched.
pub(super) fn watch(history: &History) -> Option<Value> {
    let watched = &history.watched;
    if watched.is_empty() {
        return None;
    }
    let numbers = |of: fn(&WatchRecord) -> u64| {
        Value::Tensor(Tensor::vector(&watched.iter().map(|x| of(x) as f32).collect::<Vec<_>>()))
    };
    let mut record = Record::new();
    record.set("epoch", numbers(|own| own.epoch));
    record.set("step", numbers(|own| own.step));
    record.set("samples", numbers(|own| own.samples));
    for values in WatchedValues::ALL {
        record.set(values.name(), distributions(watched, values));
    }
    Some(Value::Record(record))
}

/// The distributions of each place or parameter.
fn distributions(watched: &[WatchRecord], values: WatchedValues) -> Value {
    let rows: Vec<Vec<(String, &Bins)>> = watched.iter().map(|own| values.of(own)).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: &String| {
        // One for each time, where there is one.
        let find = |row: &Vec<(String, &Bins)>| -> Option<Bins> {
            row.iter().find(|(own, _)| own == name).map(|&(_, bins)| bins.clone())
        };
        let own: Vec<Option<Bins>> = rows.iter().map(find).collect();
        let ends = |of: fn(&Bins) -> f32| {
            let ends = own.iter().map(|bins| bins.as_ref().map_or(f32::NAN, of));
            Value::Tensor(Tensor::vector(&ends.collect::<Vec<_>>()))
        };
        let width = own.iter().flatten().next().map_or(0, |bins| bins.counts.len());
        let even = own.iter().flatten().all(|bins| bins.counts.len() == width);
        let counts = own.iter().flat_map(|bins| match bins {
            Some(bins) => bins.counts.iter().map(|&count| count as f32).collect(),
            None => vec![0.0; width],
        });
        let counts = Tensor::new([own.len(), width], counts.collect());
        let fields = [
            ("low", ends(|bins| bins.low)),
            ("high", ends(|bins| bins.high)),
            ("counts", counts.ok().filter(|_| even).map_or(Value::Nothing, Value::Tensor)),
        ];
        Value::Record(fields.into_iter().map(|(name, own)| (name.to_string(), own)).collect())
    };
    Value::Record(names.into_iter().map(|name| (name.clone(), of(name))).collect())
}
