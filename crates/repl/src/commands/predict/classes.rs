//! Classes, with probabilities or outputs.

use crate::{Session, Value, show};
use relume_losses::Expects;
use relume_tensor::Tensor;
use relume_training::Model;
use serde_json::json;

/// Classes that are shown of a single sample, the likeliest first.
const SHOWN: usize = 5;

/// What a network says of each class.
pub(super) struct Answers {
    /// A row for each sample, a number for each class.
    rows: Vec<Vec<f32>>,
    /// Whether these are probabilities, rather than whatever numbers the network gives.
    are_probabilities: bool,
}

/// What outputs say of each class, where the network tells classes apart. A single output is the second of two classes; the first one
/// has what is left to 1, or to 0 where outputs are margins, so that the larger is the class that `evaluate` counts.
///
/// They are probabilities where the network ends in softmax or sigmoid, or where its loss took them for such: logits through softmax
/// or sigmoid, logarithms through exp. A loss of numbers or margins makes none of them.
pub(super) fn answers(outputs: &Tensor, model: &Model) -> Option<Answers> {
    let classes = model.classes().len();
    let width = outputs.shape().tail(1).count().max(1);
    if classes == 0 || width != classes && (width, classes) != (1, 2) {
        return None;
    }
    let last = model.spec().layers.last().map_or("", |stage| stage.entry().name);
    let plan = model.run().plan.as_ref();
    let given = match (last, plan.map(|plan| plan.loss.inner().expects())) {
        ("softmax" | "sigmoid", _) => Expects::Probabilities,
        (_, Some(expects)) => expects,
        (_, None) => Expects::Logits,
    };
    let row = |row: &[f32]| match (row, given) {
        (&[x], Expects::Probabilities | Expects::Numbers) => vec![1.0 - x, x],
        (&[x], Expects::LogProbabilities) => vec![1.0 - x.exp(), x.exp()],
        (&[x], Expects::Logits) => [-x, x].map(|x| 1.0 / (1.0 + (-x).exp())).to_vec(),
        (&[x], Expects::Margins) => vec![-x, x],
        (row, Expects::Logits) => {
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = row.iter().map(|x| (x - most).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.into_iter().map(|x| x / sum).collect()
        }
        (row, Expects::LogProbabilities) => row.iter().map(|x| x.exp()).collect(),
        (row, _) => row.to_vec(),
    };
    Some(Answers {
        rows: outputs.data().chunks(width).map(row).collect(),
        are_probabilities: !matches!(given, Expects::Numbers | Expects::Margins),
    })
}

/// A table of the samples' likeliest classes, or of a single sample's likeliest few.
pub(super) fn show(session: &mut Session, model: &Model, value: &Value, answers: &Answers) {
    let classes = model.classes();
    let (head, text): (_, fn(f32) -> String) = match answers.are_probabilities {
        true => ("probability", |p| format!("{:.1} %", p * 100.0)),
        false => ("output", |x| format!("{x:.3}")),
    };
    let best = |row: &[f32]| {
        let mut order: Vec<usize> = (0..row.len()).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        order
    };
    let result = |row: &Vec<f32>| {
        let best = best(row)[0];
        json!({ "class": classes[best], head: row[best] })
    };
    let results: Vec<_> = answers.rows.iter().map(result).collect();
    let text = match &answers.rows[..] {
        [row] if !matches!(value, Value::Part(_)) => {
            let rows = best(row).into_iter().take(SHOWN);
            show::table(
                &["class", head],
                rows.map(|class| vec![classes[class].clone(), text(row[class])]),
            )
        }
        rows => {
            let truth = |i| match value {
                Value::Part(part) => part.class_of(i).map(|(class, _)| class),
                _ => None,
            };
            let row = |(i, row): (usize, &Vec<f32>)| {
                let best = best(row)[0];
                let mark = match truth(i) {
                    Some(class) if class == best => "right".to_string(),
                    Some(class) => format!("wrong, it is {}", classes[class]),
                    None => String::new(),
                };
                vec![i.to_string(), classes[best].clone(), text(row[best]), mark]
            };
            show::table(&["sample", "class", head, ""], rows.iter().enumerate().map(row))
        }
    };
    session.output.result(&text, || json!({ "predictions": results }));
}
