//! What an answer comes from, as text.

use crate::aligned::table;
use crate::lines::{facts, folded};
use crate::signs::signs;
use relume_catalog::counted;
use relume_inspection::{
    AttentionMaps, Attribution, ExplanationLayout, Importance, InputImportance, Method, SampleParts,
};
use relume_tensor::Tensor;
use std::fmt::Write as _;

/// Rows and words that are shown.
pub const SHOWN: usize = 20;
/// Steps that are named for each head of attention.
const OF_HEAD: usize = 3;

/// What each part of a sample has to do with the score of a class or an output.
pub fn attribution(found: &Attribution, class: Option<&str>, parts: &SampleParts<'_>) -> String {
    let mut text = head(found, class)
        + &match parts.layout(found) {
            ExplanationLayout::Words => words(found, parts.words.unwrap_or_default()),
            ExplanationLayout::Picture(size) => picture(found, size) + &pixels(found, parts),
            ExplanationLayout::Steps => steps(found),
            ExplanationLayout::Rows => rows(found, parts),
        };
    if let Some(maps) = &found.attention {
        text += &heads(maps, parts);
    }
    text
}

/// What is explained, and whether it adds up, in lines of at most 80 columns.
pub fn head(found: &Attribution, name: Option<&str>) -> String {
    let of =
        name.map_or_else(|| format!("output {}", found.output), |name| format!("class {name}"));
    let method = match found.method {
        Method::Integrated => format!("integrated gradients in {}", counted(found.steps, "step")),
        Method::Saliency => "the gradient at the sample".to_string(),
        Method::Occlusion => "the fall without each part".to_string(),
        Method::Attention => format!("attention rollout{}", layers(found.attention.as_ref())),
    };
    let baseline = match found.method {
        Method::Attention => String::new(),
        _ => format!(", and {:.3} for the baseline", found.reference_score),
    };
    let line = format!("{of}: score {:.3}{baseline} · {method}", found.score);
    let mut text = facts(&line) + "\n";
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

/// ` over 2 layers, the mean of 20 steps`.
fn layers(maps: Option<&AttentionMaps>) -> String {
    let Some(maps) = maps else { return String::new() };
    let layers = counted(maps.layers.len(), "layer");
    let steps = match maps.from_last {
        true => "from the last step".to_string(),
        false => format!("the mean over {}", counted(maps.real, "step")),
    };
    format!(" over {layers}, {steps}")
}

/// The head of a column with the values of a method.
fn column(method: Method) -> &'static str {
    match method {
        Method::Integrated => "adds",
        Method::Saliency => "gradient",
        Method::Occlusion => "falls by",
        Method::Attention => "share",
    }
}

/// A value of a method; shares of attention have no sign.
fn value(method: Method, x: f32) -> String {
    match method {
        Method::Attention => format!("{x:.4}"),
        _ => format!("{x:+.4}"),
    }
}

/// How many more there are than are shown.
fn more(all: usize, shown: usize) -> String {
    match all.checked_sub(shown).filter(|&left| left > 0) {
        Some(left) => format!("... {left} more, which are smaller\n"),
        None => String::new(),
    }
}

/// Places of the largest values by size.
fn by_size(values: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    order
}

fn words(found: &Attribution, tokens: &[String]) -> String {
    let known: Vec<usize> =
        by_size(&found.values).into_iter().filter(|&at| !tokens[at].is_empty()).collect();
    let word = |&at: &usize| match found.method {
        Method::Attention => format!("{} {:.3}", tokens[at], found.values[at]),
        _ => format!("{} {:+.3}", tokens[at], found.values[at]),
    };
    let shown: Vec<String> = known.iter().take(SHOWN).map(word).collect();
    folded("", 2, &shown.join(" · ")) + &more(known.len(), SHOWN)
}

fn rows(found: &Attribution, parts: &SampleParts<'_>) -> String {
    let numbers = parts.sample.map_or(&[][..], Tensor::data);
    let order = by_size(&found.values);
    let row = |&at: &usize| {
        let number = numbers.get(at).map_or_else(String::new, |x| format!("{x:.3}"));
        vec![parts.name(at), number, value(found.method, found.values[at])]
    };
    let heads = ["input", "prepared", column(found.method)];
    table(&heads, order.iter().take(SHOWN).map(row)) + &more(order.len(), SHOWN)
}

/// The strongest pixels of a picture whose pixels stand in a row; nothing for other pictures.
fn pixels(found: &Attribution, parts: &SampleParts<'_>) -> String {
    const STRONGEST: usize = 5;
    let is_row = found.shape.len() == 1 && found.method != Method::Attention;
    let shown =
        |&at: &usize| format!("{} {}", parts.name(at), value(found.method, found.values[at]));
    match is_row {
        true => {
            let order = by_size(&found.values);
            let shown: Vec<String> = order.iter().take(STRONGEST).map(shown).collect();
            facts(&format!("strongest (row, column): {}", shown.join(" · "))) + "\n"
        }
        false => String::new(),
    }
}

/// A picture of the values at its places; a large one by the sums of squares of places.
fn picture(found: &Attribution, [height, width]: [usize; 2]) -> String {
    const WIDEST: usize = 39;
    let sums = found.by_place(height * width);
    let side = width.max(height).div_ceil(WIDEST).max(1);
    let (tall, wide) = (height.div_ceil(side), width.div_ceil(side));
    let mut cells = vec![0.0_f32; tall * wide];
    for (place, x) in sums.iter().enumerate() {
        cells[place / width / side * wide + place % width / side] += x;
    }
    let head = match found.method {
        Method::Attention => "# and + for most attention, in steps of 50 and 10 % of the largest:",
        Method::Saliency => {
            "# and + for a rise, = and - for a fall, in steps of 50 and 10 % of the largest:"
        }
        Method::Integrated | Method::Occlusion => {
            "# and + for it, = and - against it, in steps of 50 and 10 % of the largest:"
        }
    };
    format!("{head}\n{}", signs(&cells, wide))
}

/// The steps of a sequence or of a signal with the largest values.
fn steps(found: &Attribution) -> String {
    let sums = found.by_step();
    let row = |&at: &usize| vec![at.to_string(), value(found.method, sums[at])];
    let heads = ["step", column(found.method)];
    table(&heads, by_size(&sums).iter().take(SHOWN).map(row)) + &more(sums.len(), SHOWN)
}

/// What each head of each layer looks at most.
fn heads(maps: &AttentionMaps, parts: &SampleParts<'_>) -> String {
    let words = parts.words.filter(|words| words.len() == maps.steps);
    let name = |at: usize| match words.map(|words| words[at].as_str()) {
        Some("") => "(padding)".to_string(),
        Some(word) => word.to_string(),
        None => format!("step {at}"),
    };
    let mut rows = Vec::new();
    for layer in &maps.layers {
        for head in 0..layer.heads {
            let received = maps.of_head(layer, head);
            let most = by_size(&received).into_iter().take(OF_HEAD);
            let most: Vec<String> =
                most.map(|at| format!("{} {:.3}", name(at), received[at])).collect();
            rows.push(vec![layer.path.clone(), head.to_string(), most.join(" · ")]);
        }
    }
    table(&["layer", "head", "looks at"], rows.into_iter())
        .lines()
        .map(|line| crate::lines::cut(line, crate::lines::WIDTH) + "\n")
        .collect()
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
    text += &more(found.inputs.len(), SHOWN);
    text + &importance_line(found) + "\n"
}

/// What the loss is with all columns, and how it was found without each.
pub fn importance_line(found: &Importance) -> String {
    let samples = counted(found.samples, "sample");
    let shuffles = counted(found.repeats, "shuffle");
    format!("loss {:.4} over {samples}; {shuffles} of each column", found.loss)
}
