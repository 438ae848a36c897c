//! Numbers, by their names.

use crate::show::{number_f32, table};
use crate::{Session, Value};
use relume_tensor::Tensor;
use relume_training::Model;
use serde_json::{Map, json};

/// Whether outputs are the numbers that the network was trained to predict, one row of them for each sample.
pub(super) fn are_named(outputs: &Tensor, model: &Model) -> bool {
    let names = model.numbers();
    !names.is_empty() && matches!(outputs.dims(), &[_, width] if width == names.len())
}

/// A table of the samples' numbers, with the true ones beside them where they are known.
pub(super) fn show(session: &mut Session, model: &Model, value: &Value, outputs: &Tensor) {
    let names = model.numbers();
    let truth = match value {
        Value::Part(part) => part.targets().ok().filter(|truth| truth.dims() == outputs.dims()),
        _ => None,
    };
    let rows: Vec<&[f32]> = outputs.data().chunks_exact(names.len()).collect();
    let named = |row: &&[f32]| {
        let pairs = names.iter().zip(*row).map(|(name, &x)| (name.clone(), json!(x)));
        pairs.collect::<Map<_, _>>()
    };
    let results: Vec<_> = rows.iter().map(named).collect();
    let is_single = rows.len() == 1 && truth.is_none();
    let known = truth.iter().flat_map(|_| names.iter().map(|name| format!("true {name}")));
    let heads: Vec<String> = (!is_single)
        .then(|| "sample".to_string())
        .into_iter()
        .chain(names.iter().cloned())
        .chain(known)
        .collect();
    let row = |(i, row): (usize, &&[f32])| {
        let place = (!is_single).then(|| i.to_string());
        let known = truth.iter().flat_map(|truth| &truth.data()[i * names.len()..][..names.len()]);
        place.into_iter().chain(row.iter().chain(known).map(|&x| number_f32(x))).collect()
    };
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let text = table(&heads, rows.iter().enumerate().map(row));
    session.output.result(&text, || json!({ "predictions": results }));
}
