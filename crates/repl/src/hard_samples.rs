//! The samples with the greatest losses as text, as JSON and as a value.

use crate::Value;
use crate::aligned::table;
use crate::json::exact;
use crate::lines::{WIDTH, cut, folded};
use crate::record::Record;
use crate::show::{number, number_f32};
use relume_catalog::{count_text, counted, decimals, rounded};
use relume_datasets::{Cells, Part, picture_shape};
use relume_tensor::Tensor;
use relume_training::Hardest;
use relume_training::task::{Cell, Columns};
use serde_json::{Map, Value as Json};

/// Words and columns of a sample that are shown.
const WORDS: usize = 30;
const COLUMNS: usize = 12;
/// The width of a text.
const CELL: usize = 28;
/// The widest picture in columns, and the least place for one with its caption.
const WIDEST: usize = 36;
const NARROWEST: usize = 18;
/// Images of so many columns are drawn twice as large.
const SMALL: usize = 16;
/// Images that are drawn.
const IMAGES: usize = 12;

/// A table of the samples, and the samples themselves; `part` has them as they are without a network.
pub(crate) fn text(found: &Hardest, part: &Part, is_colored: bool) -> String {
    let columns = found.predictions.columns(false);
    let heads: Vec<&str> = ["sample"]
        .into_iter()
        .chain(columns.names.iter().map(String::as_str))
        .chain(["loss"])
        .collect();
    let row = |(own, cells): (&relume_training::HardSample, &Vec<Cell>)| {
        let middle = cells.iter().zip(&columns.names).map(|(cell, name)| shown(cell, name));
        let ends = [own.index.to_string()].into_iter().chain(middle);
        ends.chain([decimals(own.loss.into(), 4)]).collect::<Vec<String>>()
    };
    let rows = found.hardest.iter().zip(&columns.rows).map(row);
    let mut text = format!(
        "{}: the {} of {} with the greatest loss (mean {})\n",
        found.data,
        count_text(found.hardest.len()),
        counted(found.samples, "sample"),
        decimals(found.mean, 4)
    );
    text += &table(&heads, rows);
    text + &samples(found, part, &columns, is_colored)
}

fn shown(cell: &Cell, name: &str) -> String {
    match cell {
        Cell::Text(text) => cut(text, CELL),
        Cell::Number(x) if name == "probability" => format!("{:.1} %", x * 100.0),
        Cell::Number(x) => number(f64::from(rounded(*x, 5) as f32)),
        Cell::Score(x) => format!("{x:.3}"),
        Cell::Share(x) => format!("{:.1} %", x * 100.0),
    }
}

/// The samples: texts by their first words, rows by their columns, images as pictures.
fn samples(found: &Hardest, part: &Part, columns: &Columns, is_colored: bool) -> String {
    let data = part.data();
    let titles: Vec<String> = found.hardest.iter().map(|own| own.index.to_string()).collect();
    if let Some(texts) = data.texts() {
        let text = |&sample: &usize| {
            let words: Vec<&str> = texts[sample].split_whitespace().collect();
            let more = if words.len() > WORDS { " ..." } else { "" };
            words.into_iter().take(WORDS).collect::<Vec<_>>().join(" ") + more
        };
        return listed(&titles, part.indices().iter().map(text));
    }
    if let Some(rows) = data.rows().filter(|rows| rows.windows().is_none()) {
        let row = |&sample: &usize| {
            let cell = |column: &relume_datasets::RawColumn| {
                let value = match &column.cells {
                    Cells::Numbers(numbers) => number(numbers[sample]),
                    Cells::Words { values, codes } => values[codes[sample] as usize].clone(),
                };
                format!("{}={}", column.name, cut(&value, CELL))
            };
            row_of(rows.columns().iter().map(cell), rows.columns().len())
        };
        return listed(&titles, part.indices().iter().map(row));
    }
    // Raw numbers, as they were before the preparation, where that can be.
    let raw = data.prepared_as(None).ok().and_then(|own| part.with_data(own.data).ok());
    let Ok(inputs) = raw.as_ref().unwrap_or(part).inputs() else { return String::new() };
    let names = data.features();
    let width = inputs.shape().tail(1).count();
    if !names.is_empty() && names.len() == width {
        let row = |sample: usize| {
            let values = &inputs.data()[sample * width..][..width];
            let cells =
                names.iter().zip(values).map(|(name, x)| format!("{name}={}", number_f32(*x)));
            row_of(cells, width)
        };
        return listed(&titles, (0..titles.len()).map(row));
    }
    pictures(&inputs, &titles, columns, is_colored).unwrap_or_default()
}

fn row_of(cells: impl Iterator<Item = String>, count: usize) -> String {
    let more = if count > COLUMNS { " ..." } else { "" };
    cells.take(COLUMNS).collect::<Vec<_>>().join(" ") + more
}

fn listed(titles: &[String], texts: impl Iterator<Item = String>) -> String {
    titles.iter().zip(texts).map(|(title, text)| folded(&format!("{title}: "), 4, &text)).collect()
}

/// Images `[samples, channels, height, width]`, or rows of a square's pixels, side by side; `None` for other samples.
fn pictures(
    inputs: &Tensor,
    titles: &[String],
    columns: &Columns,
    is_colored: bool,
) -> Option<String> {
    let shape @ [channels, height, width] = picture_shape(inputs.dims().get(1..)?)?;
    let images = inputs.data().chunks_exact(channels * height * width).take(IMAGES);
    let images: Vec<Picture<'_>> = images.map(|pixels| Picture::new(pixels, shape)).collect();
    let drawn: Vec<Vec<String>> = images.iter().map(|own| own.lines(is_colored)).collect();
    let across = images.first()?.across();
    // As wide as a caption at least.
    let column = across.max(NARROWEST);
    let beside = ((WIDTH + 2) / (column + 2)).max(1);
    let mut text = String::new();
    for (row, pictures) in drawn.chunks(beside).enumerate() {
        let captions = (0..pictures.len()).map(|own| {
            let at = row * beside + own;
            format!("{:column$}", cut(&caption(&titles[at], at, columns), column))
        });
        text += &format!("{}\n", captions.collect::<Vec<_>>().join("  ").trim_end());
        for line in 0..pictures.first().map_or(0, Vec::len) {
            let pieces =
                pictures.iter().map(|own| own[line].clone() + &" ".repeat(column - across));
            text += &format!("{}\n", pieces.collect::<Vec<_>>().join("  ").trim_end());
        }
    }
    Some(text)
}

/// What stands above a picture: `17: 8, not 3`.
fn caption(title: &str, at: usize, columns: &Columns) -> String {
    let cell = |name: &str| {
        let place = columns.names.iter().position(|own| own == name)?;
        Some(shown(columns.rows.get(at)?.get(place)?, name))
    };
    match (cell("truth"), cell("prediction")) {
        (Some(truth), Some(said)) if truth == said => format!("{title}: {truth}"),
        (Some(truth), Some(said)) => format!("{title}: {truth}, not {said}"),
        _ => title.to_string(),
    }
}

/// An image that is drawn with characters, each of which has two pixels one above the other, or half of a pixel if the
/// image is small.
struct Picture<'a> {
    pixels: &'a [f32],
    channels: usize,
    height: usize,
    width: usize,
    /// The smallest number, and how far the largest is from it.
    low: f32,
    range: f32,
    /// How many pixels of the image are one of the picture, in both directions.
    step: f64,
}

impl<'a> Picture<'a> {
    fn new(pixels: &'a [f32], [channels, height, width]: [usize; 3]) -> Self {
        let low = pixels.iter().copied().fold(f32::INFINITY, f32::min);
        let high = pixels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let step = width as f64 / width.min(WIDEST) as f64;
        let range = (high - low).max(f32::MIN_POSITIVE);
        Picture { pixels, channels, height, width, low, range, step }
    }

    /// The pixels of the image that are one of the picture.
    fn stretch(&self, place: usize, size: usize) -> std::ops::Range<usize> {
        let at = |place: usize| place as f64 * self.step;
        (at(place) as usize).min(size)..(at(place + 1).ceil() as usize).min(size)
    }

    /// The mean of a channel at a place of the picture, from 0 to 1; 0 below the image.
    fn level(&self, channel: usize, row: usize, column: usize) -> f32 {
        let (mut sum, mut count) = (0.0, 0);
        for y in self.stretch(row, self.height) {
            for x in self.stretch(column, self.width) {
                sum += self.pixels[(channel * self.height + y) * self.width + x];
                count += 1;
            }
        }
        if count == 0 { 0.0 } else { (sum / count as f32 - self.low) / self.range }
    }

    fn grey(&self, row: usize, column: usize) -> f32 {
        let levels = (0..self.channels).map(|channel| self.level(channel, row, column));
        levels.sum::<f32>() / self.channels as f32
    }

    fn colour(&self, row: usize, column: usize) -> String {
        let level = |channel: usize| {
            (self.level(channel.min(self.channels - 1), row, column) * 255.0) as u8
        };
        format!("{};{};{}", level(0), level(1), level(2))
    }

    /// Whether it is so small that each pixel is two characters wide instead of half a character high.
    fn is_small(&self) -> bool {
        self.width <= SMALL
    }

    /// How many characters it is wide.
    fn across(&self) -> usize {
        if self.is_small() { 2 * self.width } else { self.width.min(WIDEST) }
    }

    /// Blocks in colour, or shades.
    fn lines(&self, is_colored: bool) -> Vec<String> {
        let across = self.width.min(WIDEST);
        let rows = (self.height as f64 / self.step).ceil() as usize;
        let (rows, cell): (usize, &dyn Fn(usize, usize) -> String) =
            match (self.is_small(), is_colored) {
                (true, true) => (rows, &|row, column| {
                    format!("\x1b[48;2;{}m  \x1b[0m", self.colour(row, column))
                }),
                (true, false) => (rows, &|row, column| shade(self.grey(row, column)).repeat(2)),
                (false, true) => (rows.div_ceil(2), &|row, column| {
                    let pixels = [2 * row, 2 * row + 1].map(|row| self.colour(row, column));
                    format!("\x1b[38;2;{};48;2;{}m▀\x1b[0m", pixels[0], pixels[1])
                }),
                (false, false) => (rows.div_ceil(2), &|row, column| {
                    let pixels = [2 * row, 2 * row + 1].map(|row| self.grey(row, column));
                    shade(f32::midpoint(pixels[0], pixels[1])).to_string()
                }),
            };
        (0..rows).map(|row| (0..across).map(|column| cell(row, column)).collect()).collect()
    }
}

/// A number from 0 to 1 as a shade.
fn shade(level: f32) -> &'static str {
    const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];
    SHADES[((level * 5.0) as usize).min(4)]
}

/// The samples as objects.
pub(crate) fn rows(found: &Hardest) -> Json {
    let columns = found.predictions.columns(false);
    let row = |(own, cells): (&relume_training::HardSample, &Vec<Cell>)| {
        let mut object = Map::from_iter([
            ("index".to_string(), own.index.into()),
            ("loss".to_string(), exact(&own.loss)),
        ]);
        for (name, cell) in columns.names.iter().zip(cells) {
            let value = match cell {
                Cell::Text(text) => Json::from(text.as_str()),
                Cell::Number(x) => exact(x),
                Cell::Score(x) | Cell::Share(x) => exact(x),
            };
            object.insert(name.clone(), value);
        }
        Json::Object(object)
    };
    found.hardest.iter().zip(&columns.rows).map(row).collect()
}

/// The samples as a record: `index` and `loss`, and what is said of them.
pub(crate) fn record(found: &Hardest) -> Record {
    let vector = |values: Vec<f32>| Value::Tensor(Tensor::vector(&values));
    let mut record = Record::new();
    record.set("index", vector(found.hardest.iter().map(|own| own.index as f32).collect()));
    record.set("loss", vector(found.hardest.iter().map(|own| own.loss).collect()));
    let Columns { names, rows } = found.predictions.columns(false);
    for (place, name) in names.into_iter().enumerate() {
        let value = |row: &Vec<Cell>| match row.get(place) {
            Some(Cell::Text(text)) => Value::Text(text.clone()),
            Some(Cell::Number(x)) => Value::Number(*x),
            Some(Cell::Score(x) | Cell::Share(x)) => Value::Number(f64::from(*x)),
            None => Value::Nothing,
        };
        record.set(name, Value::List(rows.iter().map(value).collect()));
    }
    record
}
