//! A table's rows, column by column, and how they become rows of numbers.

use super::Windows;
use crate::Preparation;
use crate::preparation::Scaling;
use crate::raw::{Cell, CellForm, Column, DATE_PARTS, RawRow, compare, date_parts, place};
use relume_tensor::Indices;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Rows of a table, without the targets, one for each sample or several ([`Windows`]).
#[derive(Clone, Debug)]
pub struct Rows {
    columns: Vec<RawColumn>,
    count: usize,
    /// The rows of each sample, if it has several.
    windows: Option<Windows>,
}

/// A column as the table has it.
#[derive(Clone, Debug)]
pub struct RawColumn {
    /// Its name.
    pub name: String,
    /// Its cells.
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Numbers, or dates as seconds since 1970; NaN for an empty cell.
    Numbers(Arc<Vec<f64>>),
    /// Words, each by its index among the different ones.
    Words {
        /// The different words, those of empty cells included.
        values: Arc<Vec<String>>,
        /// The word of each row.
        codes: Arc<Vec<u32>>,
    },
}

impl RawColumn {
    /// The column `file`, with the path of each sample's file.
    pub fn files<'a>(paths: impl Iterator<Item = &'a Path>) -> Self {
        let values: Vec<String> = paths.map(|path| path.to_string_lossy().into_owned()).collect();
        let codes = (0..values.len() as u32).collect();
        let cells = Cells::Words { values: Arc::new(values), codes: Arc::new(codes) };
        RawColumn { name: "file".to_string(), cells }
    }
}

impl Cells {
    /// A column of words.
    pub fn words<'a>(cells: impl Iterator<Item = &'a str>) -> Self {
        let (mut values, mut known) = (Vec::new(), HashMap::new());
        let code = |cell: &'a str| {
            *known.entry(cell).or_insert_with(|| {
                values.push(cell.to_string());
                values.len() as u32 - 1
            })
        };
        let codes = cells.map(code).collect();
        Cells::Words { values: Arc::new(values), codes: Arc::new(codes) }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Words { codes, .. } => codes.len(),
        }
    }
}

impl Rows {
    /// Rows of these columns; `None` if the columns have different lengths.
    pub fn new(columns: Vec<RawColumn>) -> Option<Self> {
        let count = columns.first()?.cells.len();
        let are_whole = columns.iter().all(|column| column.cells.len() == count);
        are_whole.then_some(Rows { columns, count, windows: None })
    }

    /// The same rows, of which each sample has several; `None` if a window has a row that there is not.
    pub fn with_windows(self, windows: Windows) -> Option<Self> {
        let are_there = windows.last_row().is_none_or(|row| row < self.count);
        are_there.then_some(Rows { windows: Some(windows), ..self })
    }

    /// The windows over them, if samples have several rows.
    pub fn windows(&self) -> Option<&Windows> {
        self.windows.as_ref()
    }

    /// How many samples there are: windows, or rows.
    pub fn len(&self) -> usize {
        self.windows.as_ref().map_or(self.count, Windows::len)
    }

    /// The rows of some samples, one after another.
    pub(crate) fn of_samples<'a>(&self, samples: &'a [usize]) -> Cow<'a, [usize]> {
        match &self.windows {
            None => Cow::Borrowed(samples),
            Some(windows) => {
                Cow::Owned(samples.iter().flat_map(|&own| windows.rows(own)).copied().collect())
            }
        }
    }

    /// The last row of a sample.
    pub(crate) fn last_of(&self, sample: usize) -> usize {
        let windows = self.windows.as_ref().filter(|windows| sample < windows.len());
        windows.and_then(|windows| windows.rows(sample).last().copied()).unwrap_or(sample)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns.
    pub fn columns(&self) -> &[RawColumn] {
        &self.columns
    }

    /// The names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}

/// The largest whole number up to which f32 holds all of them.
const EXACT_IN_F32: u32 = 1 << 24;

/// A column that cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowMismatch {
    /// There is no such column.
    Missing { column: String },
    /// A cell is empty, and there is no value for it.
    Empty { column: String, row: usize },
    /// A word where numbers are wanted.
    Word { column: String, word: String },
    /// More words than indices can tell apart.
    Words { column: String, count: usize },
}

/// Words that the network does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub column: String,
    /// The words in order, and how many cells hold each.
    pub words: Vec<(String, usize)>,
}

/// How rows become numbers: the network's columns, in their order.
#[derive(Debug)]
pub(crate) struct Encoding {
    pieces: Vec<Piece>,
    width: usize,
    pub unknown: Vec<Unknown>,
}

/// How a column becomes numbers.
#[derive(Debug)]
enum Piece {
    /// One number; `missing` for an empty cell.
    Number { cells: Arc<Vec<f64>>, missing: f64 },
    /// The parts of a date; `missing` for an empty cell.
    DateParts { cells: Arc<Vec<f64>>, missing: f64 },
    /// 1 at the word's position, if it has one.
    OneHot { codes: Arc<Vec<u32>>, places: Vec<Option<usize>>, width: usize },
    /// An index for each word.
    Index { codes: Arc<Vec<u32>>, indices: Vec<u32> },
}

impl Encoding {
    /// How these rows are converted.
    pub fn new(rows: &Rows, wanted: &RawRow) -> Result<Self, RowMismatch> {
        let mut unknown = Vec::new();
        // Beside columns of numbers, an index is a f32.
        let is_index = |column: &Column| matches!(column.cell, Cell::Index(_));
        let most = if wanted.columns.iter().all(is_index) { u32::MAX } else { EXACT_IN_F32 };
        let index = |index: usize| u32::try_from(index).ok().filter(|&index| index <= most);
        let piece = |column: &Column| {
            let own = rows.columns.iter().find(|own| own.name == column.name);
            let own = own.ok_or_else(|| RowMismatch::Missing { column: column.name.clone() })?;
            match &column.cell {
                Cell::Number { .. } | Cell::Date { .. } => {
                    let cells = numbers(own, column, &wanted.form)?;
                    Ok(Piece::Number { cells, missing: column.missing().unwrap_or(f64::NAN) })
                }
                Cell::DateParts { .. } => {
                    let cells = numbers(own, column, &wanted.form)?;
                    Ok(Piece::DateParts { cells, missing: column.missing().unwrap_or(f64::NAN) })
                }
                Cell::OneHot(words) => {
                    let (codes, places) = placed(own, words, &wanted.form, &mut unknown);
                    Ok(Piece::OneHot { codes, places, width: words.len() })
                }
                Cell::Index(words) => {
                    let (codes, places) = placed(own, words, &wanted.form, &mut unknown);
                    let index =
                        |place: Option<usize>| place.map_or(Some(0), |place| index(place + 1));
                    let indices = places.into_iter().map(index).collect::<Option<_>>();
                    let indices = indices.ok_or_else(|| RowMismatch::Words {
                        column: column.name.clone(),
                        count: words.len(),
                    })?;
                    Ok(Piece::Index { codes, indices })
                }
            }
        };
        let pieces = wanted.columns.iter().map(piece).collect::<Result<_, _>>()?;
        Ok(Encoding { pieces, width: wanted.width(), unknown })
    }

    /// How many numbers a row becomes.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Some rows as indices `[rows, columns]`; `None` if other columns are among them.
    pub fn indices(&self, rows: &[usize]) -> Option<Indices> {
        let columns = self.pieces.iter().map(|piece| match piece {
            Piece::Index { codes, indices } => Some((codes, indices)),
            Piece::Number { .. } | Piece::DateParts { .. } | Piece::OneHot { .. } => None,
        });
        let columns: Vec<_> = columns.collect::<Option<_>>()?;
        let mut out = Indices::uninit([rows.len(), columns.len()]);
        let lines = out.data_mut().chunks_exact_mut(columns.len().max(1));
        for (line, &row) in lines.zip(rows) {
            for (to, (codes, indices)) in line.iter_mut().zip(&columns) {
                *to = indices[codes[row] as usize];
            }
        }
        Some(out)
    }

    /// Writes some prepared rows into `out`, one after another. It goes column by column, so that what becomes of a
    /// column is looked up once.
    pub fn fill(&self, rows: &[usize], preparation: Option<&Preparation>, out: &mut [f32]) {
        let scaling = |feature| preparation.map_or(Scaling::NONE, |own| own.scaling(feature));
        let mut at = 0;
        for piece in &self.pieces {
            let lines = out.chunks_exact_mut(self.width.max(1)).zip(rows);
            match piece {
                Piece::Number { cells, missing } => {
                    let scaling = scaling(at);
                    for (line, &row) in lines {
                        let raw = if cells[row].is_nan() { *missing } else { cells[row] };
                        line[at] = scaling.number(raw);
                    }
                    at += 1;
                }
                Piece::DateParts { cells, missing } => {
                    let scalings: [Scaling; DATE_PARTS.len()] =
                        std::array::from_fn(|part| scaling(at + part));
                    for (line, &row) in lines {
                        let raw = if cells[row].is_nan() { *missing } else { cells[row] };
                        let parts = date_parts(raw).into_iter().zip(scalings);
                        for (x, (part, scaling)) in line[at..].iter_mut().zip(parts) {
                            *x = scaling.number(part);
                        }
                    }
                    at += DATE_PARTS.len();
                }
                Piece::OneHot { codes, places, width } => {
                    let scalings = (at..at + width).map(scaling);
                    let ends = scalings.map(|scaling| [0.0, 1.0].map(|raw| scaling.number(raw)));
                    let ends: Vec<[f32; 2]> = ends.collect();
                    for (line, &row) in lines {
                        let hot = places[codes[row] as usize];
                        for (place, (x, ends)) in
                            line[at..at + width].iter_mut().zip(&ends).enumerate()
                        {
                            *x = ends[usize::from(hot == Some(place))];
                        }
                    }
                    at += width;
                }
                Piece::Index { codes, indices } => {
                    let scaling = scaling(at);
                    for (line, &row) in lines {
                        line[at] = scaling.number(f64::from(indices[codes[row] as usize]));
                    }
                    at += 1;
                }
            }
        }
    }
}

/// A column's numbers, or its dates. Words that are such are converted.
fn numbers(
    own: &RawColumn,
    wanted: &Column,
    form: &CellForm,
) -> Result<Arc<Vec<f64>>, RowMismatch> {
    let column = || own.name.clone();
    let cells = match &own.cells {
        Cells::Numbers(numbers) => Arc::clone(numbers),
        Cells::Words { values, codes } => {
            let number = |word: &String| match wanted.number(word, form) {
                Ok(number) => Ok(number.unwrap_or(f64::NAN)),
                Err(_) => Err(RowMismatch::Word { column: column(), word: word.clone() }),
            };
            let numbers: Vec<f64> = values.iter().map(number).collect::<Result<_, _>>()?;
            Arc::new(codes.iter().map(|&code| numbers[code as usize]).collect())
        }
    };
    match (wanted.missing(), cells.iter().position(|x| x.is_nan())) {
        (None, Some(row)) => Err(RowMismatch::Empty { column: column(), row }),
        _ => Ok(cells),
    }
}

/// The code of each row, and the position of each code among words that are in order. Words without a position are
/// noted.
fn placed(
    own: &RawColumn,
    words: &[String],
    form: &CellForm,
    unknown: &mut Vec<Unknown>,
) -> (Arc<Vec<u32>>, Vec<Option<usize>>) {
    let (values, codes) = match &own.cells {
        Cells::Words { values, codes } => (Arc::clone(values), Arc::clone(codes)),
        Cells::Numbers(numbers) => spelt(numbers, words),
    };
    let places: Vec<Option<usize>> = values.iter().map(|value| place(words, value)).collect();
    let mut counts = vec![0; values.len()];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    let strange = |&code: &usize| places[code].is_none() && !form.is_missing(&values[code]);
    let mut strange: Vec<(String, usize)> = (0..values.len())
        .filter(strange)
        .map(|code| (values[code].clone(), counts[code]))
        .collect();
    if !strange.is_empty() {
        strange.sort_by(|(a, _), (b, _)| compare(a, b));
        unknown.push(Unknown { column: own.name.clone(), words: strange });
    }
    (codes, places)
}

/// Numbers as words: as those of the given ones with the same value, or else as they are printed.
fn spelt(numbers: &[f64], words: &[String]) -> (Arc<Vec<String>>, Arc<Vec<u32>>) {
    let known: Vec<(f64, &String)> =
        words.iter().filter_map(|word| Some((word.parse().ok()?, word))).collect();
    let (mut values, mut codes) = (Vec::new(), HashMap::new());
    let code = |x: &f64| {
        *codes.entry(x.to_bits()).or_insert_with(|| {
            let word = known.iter().find(|(value, _)| value == x).map(|(_, word)| (*word).clone());
            values.push(match word {
                Some(word) => word,
                None if x.is_nan() => String::new(),
                None => x.to_string(),
            });
            values.len() as u32 - 1
        })
    };
    let own = numbers.iter().map(code).collect();
    (Arc::new(values), Arc::new(own))
}
