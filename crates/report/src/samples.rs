//! Samples as people see them: pictures, texts, rows of a table.

use crate::charts::histogram;
use crate::html::{TEXT, cut, escaped, name, short};
use crate::picture::{Picture, Planes};
use relume_datasets::{Cells, Part, RawColumn, picture_shape};
use relume_tensor::Tensor;
use relume_training::TrainError;

/// Words of a text and columns of a row that are shown.
const WORDS: usize = 36;
const COLUMNS: usize = 10;

/// Samples of a part as HTML, in their order; `None` where nothing of them can be shown. The part is that of the data
/// as they are without a network.
pub(crate) fn shown(part: &Part) -> Result<Option<Vec<String>>, TrainError> {
    let data = part.data();
    if part.is_empty() {
        return Ok(None);
    }
    if let Some(texts) = data.texts() {
        let text = |&sample: &usize| format!("<q>{}</q>", beginning(&texts[sample]));
        return Ok(Some(part.indices().iter().map(text).collect()));
    }
    if let Some(rows) = data.rows().filter(|rows| rows.windows().is_none()) {
        let row = |&sample: &usize| {
            let pair = |column: &RawColumn| (column.name.clone(), cell(column, sample));
            pairs(rows.columns().iter().map(pair), rows.columns().len())
        };
        return Ok(Some(part.indices().iter().map(row).collect()));
    }
    let inputs = raw_numbers(part)?;
    let names = data.features();
    let width = inputs.shape().tail(1).count();
    if !names.is_empty() && names.len() == width {
        let row = |numbers: &[f32]| {
            let pair = |(own, x): (&String, &f32)| (own.clone(), short(f64::from(*x)));
            pairs(names.iter().zip(numbers).map(pair), width)
        };
        return Ok(Some(inputs.data().chunks_exact(width.max(1)).map(row).collect()));
    }
    Ok(pictures(&inputs))
}

/// The inputs as they were before the preparation, where that can be.
fn raw_numbers(part: &Part) -> Result<Tensor, TrainError> {
    let raw = part.data().prepared_as(None).ok().and_then(|own| part.with_data(own.data).ok());
    Ok(raw.as_ref().unwrap_or(part).inputs()?)
}

/// The first words of a text, as HTML.
fn beginning(text: &str) -> String {
    let mut words = text.split_whitespace();
    let some: Vec<&str> = words.by_ref().take(WORDS).collect();
    let more = if words.next().is_some() { " …" } else { "" };
    escaped(&cut(&format!("{}{more}", some.join(" ")), TEXT))
}

/// A cell of a table as text.
fn cell(column: &RawColumn, sample: usize) -> String {
    match &column.cells {
        Cells::Numbers(numbers) => match numbers.get(sample) {
            Some(x) if x.is_finite() => short(*x),
            _ => "-".to_string(),
        },
        Cells::Words { values, codes } => {
            let word = codes.get(sample).and_then(|&code| values.get(code as usize));
            word.cloned().unwrap_or_default()
        }
    }
}

/// Names with their values, as HTML.
fn pairs(all: impl Iterator<Item = (String, String)>, count: usize) -> String {
    let pair = |(own, value): (String, String)| {
        format!("<span class=\"pair\"><span>{}</span> {}</span>", name(&own), name(&value))
    };
    let some: Vec<String> = all.take(COLUMNS).map(pair).collect();
    let more = count.saturating_sub(COLUMNS);
    let more = if more > 0 {
        format!(" <span class=\"pair\">… {more} more</span>")
    } else {
        String::new()
    };
    some.join(" ") + &more
}

/// Samples `[samples, ...]` as pictures, of one brightness; steps of features as pictures too, and of one feature as
/// bars.
fn pictures(inputs: &Tensor) -> Option<Vec<String>> {
    let sizes = inputs.dims().get(1..)?;
    let count = inputs.shape().tail(1).count().max(1);
    let ends = |values: &[f32]| {
        let finite = || values.iter().copied().filter(|x| x.is_finite());
        [finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max)]
    };
    let all = ends(inputs.data());
    let samples = inputs.data().chunks_exact(count);
    if let Some([channels, height, width]) = picture_shape(sizes) {
        let class = if width.max(height) <= 32 { "picture coarse" } else { "picture" };
        let picture = |values: &[f32]| {
            Picture::of(Planes { values, channels, height, width }, all).html(class, "the sample")
        };
        return Some(samples.map(picture).collect());
    }
    match *sizes {
        [steps, 1] | [1, steps] | [steps] if steps > 1 => {
            let wave = |values: &[f32]| {
                let [low, high] = ends(values);
                let tall =
                    |x: &f32| ((x - low) / (high - low).max(f32::MIN_POSITIVE) * 1000.0) as u64;
                let each = values.len().div_ceil(120).max(1);
                let tall: Vec<u64> = values.iter().step_by(each).map(tall).collect();
                histogram(&tall, [low, high], [240.0, 40.0]).replace("histogram", "values")
            };
            Some(samples.map(wave).collect())
        }
        [steps, features] => {
            let picture = |values: &[f32]| {
                // Time from left to right, the first feature at the bottom.
                let turned: Vec<f32> = (0..features)
                    .rev()
                    .flat_map(|feature| (0..steps).map(move |step| (step, feature)))
                    .map(|(step, feature)| values[step * features + feature])
                    .collect();
                let planes =
                    Planes { values: &turned, channels: 1, height: features, width: steps };
                Picture::of(planes, ends(values))
                    .html("picture wide coarse", "the sample over time")
            };
            Some(samples.map(picture).collect())
        }
        _ => None,
    }
}

/// Samples with their captions, side by side if they are pictures, or below one another. Captions are HTML.
pub(crate) fn gallery(samples: &[String], captions: &[String]) -> String {
    let are_pictures = samples.first().is_some_and(|own| own.starts_with("<img class=\"picture"));
    let item = |(sample, caption): (&String, &String)| match are_pictures {
        true => format!("<figure>{sample}<figcaption>{caption}</figcaption></figure>"),
        false => format!("<li><span class=\"of\">{caption}</span> {sample}</li>"),
    };
    let items: Vec<String> = samples.iter().zip(captions).map(item).collect();
    match are_pictures {
        true => format!("<div class=\"gallery\">{}</div>\n", items.join("\n")),
        false => format!("<ul class=\"listed\">{}</ul>\n", items.join("\n")),
    }
}
