//! The columns of a table: numbers with their moments, words with the most frequent ones.

use crate::context::{plural, spread};
use crate::html::{Cell, Table, cut, name, note, percent, short};
use relume_catalog::{count_text, counted};
use relume_datasets::{Cells, Dataset, Part};
use relume_inspection::Histogram;
use relume_training::TrainError;

/// Columns that are shown, and samples by which they are described.
const COLUMNS: usize = 30;
const MOST: usize = 20_000;
const MOST_NUMBERS: usize = 8_000_000;

/// Samples by which columns are described: evenly spread.
pub(super) fn some(train: &Part) -> Option<Part> {
    train.at(spread(train.len(), MOST)).ok().filter(|part| !part.is_empty())
}

/// Moments and ends of numbers.
pub(super) struct Moments {
    pub low: f64,
    pub high: f64,
    pub mean: f64,
    pub deviation: f64,
    count: usize,
}

impl Moments {
    /// Of the finite ones of numbers.
    pub fn of(values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|x| x.is_finite());
        let count = finite().count();
        let mean = finite().sum::<f64>() / count.max(1) as f64;
        let square = finite().map(|x| (x - mean).powi(2)).sum::<f64>() / count.max(1) as f64;
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        Moments { low, high, mean, deviation: square.sqrt(), count }
    }
}

/// The columns of a table, or named features.
pub(super) fn columns(data: &Dataset) -> Result<String, TrainError> {
    let train = data.train();
    let most = MOST.min(MOST_NUMBERS / data.sample_shape().count().max(1)).max(1);
    let part = train.at(spread(train.len(), most))?;
    if part.is_empty() {
        return Ok(String::new());
    }
    let heads = ["column", "mean", "deviation", "smallest", "largest", "empty", "values"];
    let caption = format!("Columns, over {}", counted(part.len(), "train sample"));
    let mut table = Table::new(caption, &heads);
    let count = if let Some(rows) = data.rows().filter(|rows| rows.windows().is_none()) {
        for column in rows.columns().iter().take(COLUMNS) {
            match &column.cells {
                Cells::Numbers(numbers) => {
                    let own: Vec<f64> = part.indices().iter().map(|&at| numbers[at]).collect();
                    table.row(number_row(&column.name, &own));
                }
                Cells::Words { values, codes } => {
                    let own = part.indices().iter().map(|&at| codes[at] as usize);
                    table.row(word_row(&column.name, values, own));
                }
            }
        }
        rows.columns().len()
    } else {
        let names = data.features();
        if names.is_empty() || names.len() != data.sample_shape().count() {
            return Ok(String::new());
        }
        let raw = data.prepared_as(None).ok().and_then(|own| part.with_data(own.data).ok());
        let inputs = raw.as_ref().unwrap_or(&part).inputs()?;
        for (at, own) in names.iter().enumerate().take(COLUMNS) {
            let values = inputs.data().iter().skip(at).step_by(names.len());
            let values: Vec<f64> = values.map(|&x| f64::from(x)).collect();
            table.row(number_row(own, &values));
        }
        names.len()
    };
    let more = count.saturating_sub(COLUMNS);
    let more = if more > 0 {
        note(&format!("{} more {}.", count_text(more), plural(more, "column")))
    } else {
        String::new()
    };
    Ok(table.html() + &more)
}

fn number_row(column: &str, values: &[f64]) -> Vec<Cell> {
    let own = Moments::of(values);
    let number = |x: f64| Cell::Number(if own.count == 0 { "-".to_string() } else { short(x) });
    let singles: Vec<f32> = values.iter().map(|&x| x as f32).collect();
    let spark = crate::charts::spark(&Histogram::of_numbers(&singles, 24));
    vec![
        Cell::Markup(name(column)),
        number(own.mean),
        number(own.deviation),
        number(own.low),
        number(own.high),
        Cell::Number(empty(values.len() - own.count, values.len())),
        Cell::Markup(spark),
    ]
}

fn empty(count: usize, of: usize) -> String {
    if count == 0 { "-".to_string() } else { percent(count as f64 / of.max(1) as f64) }
}

fn word_row(column: &str, words: &[String], codes: impl Iterator<Item = usize>) -> Vec<Cell> {
    let mut counts = vec![0_usize; words.len()];
    let mut all = 0_usize;
    for code in codes {
        all += 1;
        counts[code] += 1;
    }
    let is_empty = |word: &str| word.is_empty();
    let missing =
        counts.iter().zip(words).filter(|(_, word)| is_empty(word)).map(|(own, _)| *own).sum();
    let mut order: Vec<usize> =
        (0..words.len()).filter(|&at| counts[at] > 0 && !is_empty(&words[at])).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(counts[at]));
    let word = |&at: &usize| {
        format!("{} {}", name(&cut(&words[at], 20)), percent(counts[at] as f64 / all.max(1) as f64))
    };
    let some: Vec<String> = order.iter().take(3).map(word).collect();
    let text = format!("{} words: {}", count_text(order.len()), some.join(", "));
    let none = || Cell::Number(String::new());
    let missing = Cell::Number(empty(missing, all));
    vec![Cell::Markup(name(column)), none(), none(), none(), none(), missing, Cell::Markup(text)]
}
