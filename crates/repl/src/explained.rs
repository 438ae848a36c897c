//! What an answer comes from, as text.

use crate::aligned::table;
use crate::lines::{facts, folded};
use crate::signs::signs;
use relume_catalog::counted;
use relume_inspection::{Attribution, Importance, InputImportance, Method};
use relume_tensor::Tensor;
use std::fmt::Write as _;

/// Rows and words that are shown.
pub const SHOWN: usize = 20;

/// The parts of a sample, as people know them.
pub struct Parts<'a> {
    /// The names of its numbers, if they have any.
    pub names: &'a [String],
    /// Its words, with an empty one for padding.
    pub words: Option<&'a [String]>,
    /// Its numbers, as the network takes them.
    pub sample: Option<&'a Tensor>,
}

/// What each part adds to the score of a class or an output.
pub fn attribution(found: &Attribution, class: Option<&str>, parts: &Parts<'_>) -> String {
    head(found, class)
        + &match (&found.shape[..], parts.words) {
            (_, Some(tokens)) => words(found, tokens),
            (&[_, height, width], _) => picture(found, height, width),
            (&[_, _], _) => steps(found),
            _ => rows(found, parts),
        }
}

/// What is explained, and whether it adds up.
fn head(found: &Attribution, name: Option<&str>) -> String {
    let of =
        name.map_or_else(|| format!("output {}", found.output), |name| format!("class {name}"));
    let method = match found.method {
        Method::Integrated => format!("integrated gradients in {}", counted(found.steps, "step")),
        Method::Saliency => "the gradient at the sample".to_string(),
        Method::Occlusion => "the fall without each part".to_string(),
    };
    let mut text = facts(&format!(
        "{of}: score {:.3}, and {:.3} for the baseline · {method}",
        found.score, found.reference_score
    ));
    text.push('\n');
    if let Some(gap) = found.gap {
        let _ = writeln!(
            text,
            "adds up to {:.3} of {:.3}: {:.1} % off",
            found.sum,
            found.score - found.reference_score,
            100.0 * gap
        );
    }
    text
}

/// Places of the largest values by size.
fn by_size(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    order
}

fn words(found: &Attribution, tokens: &[String]) -> String {
    let known = by_size(&found.values).into_iter().filter(|&at| !tokens[at].is_empty());
    let shown: Vec<String> =
        known.take(SHOWN).map(|at| format!("{} {:+.3}", tokens[at], found.values[at])).collect();
    folded("", 2, &shown.join(" · "))
}

fn rows(found: &Attribution, parts: &Parts<'_>) -> String {
    let numbers = parts.sample.map_or(&[][..], Tensor::data);
    let order = by_size(&found.values);
    let row = |&at: &usize| {
        let name = parts.names.get(at).cloned().unwrap_or_else(|| at.to_string());
        let number = numbers.get(at).map_or_else(String::new, |x| format!("{x:.3}"));
        vec![name, number, format!("{:+.4}", found.values[at])]
    };
    let mut text = table(&["input", "prepared", "adds"], order.iter().take(SHOWN).map(row));
    if order.len() > SHOWN {
        let _ = writeln!(text, "... {} more, which add less", order.len() - SHOWN);
    }
    text
}

/// A picture of what its places add; a large one by the sums of squares of places.
fn picture(found: &Attribution, height: usize, width: usize) -> String {
    const WIDEST: usize = 39;
    let places = height * width;
    let sum = |place: usize| found.values.iter().skip(place).step_by(places.max(1)).sum::<f32>();
    let sums: Vec<f32> = (0..places).map(sum).collect();
    let side = width.max(height).div_ceil(WIDEST).max(1);
    let (tall, wide) = (height.div_ceil(side), width.div_ceil(side));
    let mut cells = vec![0.0_f32; tall * wide];
    for (place, x) in sums.iter().enumerate() {
        cells[place / width / side * wide + place % width / side] += x;
    }
    let head = "# and + for it, = and - against it, in steps of 50 and 10 % of the largest:";
    format!("{head}\n{}", signs(&cells, wide))
}

/// The steps of a sequence or of a signal that add most.
fn steps(found: &Attribution) -> String {
    let axis = found.time_axis.unwrap_or(0);
    let width = found.shape.get(1).copied().unwrap_or(1).max(1);
    let mut sums = vec![0.0_f32; found.shape.get(axis).copied().unwrap_or(0)];
    for (at, x) in found.values.iter().enumerate() {
        sums[[at / width, at % width][axis.min(1)]] += x;
    }
    let row = |&at: &usize| vec![at.to_string(), format!("{:+.4}", sums[at])];
    let mut text = table(&["step", "adds"], by_size(&sums).iter().take(SHOWN).map(row));
    if sums.len() > SHOWN {
        let _ = writeln!(text, "... {} more, which add less", sums.len() - SHOWN);
    }
    text
}

/// What the loss is without each column.
pub fn columns(found: &Importance) -> String {
    let row = |own: &InputImportance| {
        let note = if own.rise.abs() <= own.spread { "no use" } else { "" };
        vec![
            own.name.clone(),
            format!("{:+.4}", own.rise),
            format!("{:.4}", own.spread),
            note.to_string(),
        ]
    };
    let heads = ["input", "loss rises by", "spread", ""];
    let mut text = table(&heads, found.inputs.iter().take(SHOWN).map(row));
    if found.inputs.len() > SHOWN {
        let _ = writeln!(text, "... {} more, which matter less", found.inputs.len() - SHOWN);
    }
    let samples = counted(found.samples, "sample");
    let shuffles = counted(found.repeats, "shuffle");
    text + &format!("loss {:.4} over {samples}; {shuffles} of each column\n", found.loss)
}
