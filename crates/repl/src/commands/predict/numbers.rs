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
    let truth = truth.as_ref().map(|truth| truth.data().chunks_exact(names.len()));
    let rows: Vec<&[f32]> = outputs.data().chunks_exact(names.len()).collect();
    let named = |row: &&[f32]| {
        let pairs = names.iter().zip(*row).map(|(name, &x)| (name.clone(), json!(x)));
        pairs.collect::<Map<_, _>>()
    };
    let results: Vec<_> = rows.iter().map(named).collect();
    let texts = |row: &[f32]| row.iter().map(|&x| number_f32(x)).collect::<Vec<String>>();
    let predicted: Vec<&str> = names.iter().map(String::as_str).collect();
    let text = match (&rows[..], truth) {
        ([row], None) => table(&predicted, std::iter::once(texts(row))),
        (rows, None) => table(
            &[&["sample"], &predicted[..]].concat(),
            rows.iter().enumerate().map(|(i, row)| [vec![i.to_string()], texts(row)].concat()),
        ),
        (rows, Some(truth)) => {
            let known: Vec<String> = names.iter().map(|name| format!("true {name}")).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let row = |(i, (row, truth)): (usize, (&&[f32], &[f32]))| {
                [vec![i.to_string()], texts(row), texts(truth)].concat()
            };
            table(
                &[&["sample"], &predicted[..], &known[..]].concat(),
                rows.iter().zip(truth).enumerate().map(row),
            )
        }
    };
    session.output.result(&text, || json!({ "predictions": results }));
}
