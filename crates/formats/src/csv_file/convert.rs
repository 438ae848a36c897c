//! What the cells of columns become, learned from the rows that are trained on.

use super::advice::advice;
use super::empty::EmptyCells;
use super::{Csv, Missing};
use crate::files::memory;
use crate::table::{Cells as Block, NumberColumn, Place, Table, file_error, no_memory};
use rayon::prelude::*;
use relume_catalog::count_text;
use relume_datasets::raw::{
    Cell, CellError, CellForm, Column, DATE_PARTS, RawRow, compare, date_parts, truth,
};
use relume_datasets::{Cells, DataError, Preparation, RawColumn, Rows, Split, Standard};
use relume_tensor::threads;
use std::collections::TryReserveError;
use std::path::Path;
use std::sync::Arc;

/// What the cells of a column become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Number,
    Date,
    DateParts,
    OneHot,
    Index,
}

impl Role {
    /// The role of the columns that an option names; none if they are no inputs.
    pub fn of(option: &str) -> Option<Self> {
        match option {
            "one_hot" => Some(Role::OneHot),
            "index" => Some(Role::Index),
            "dates" => Some(Role::Date),
            "date_parts" => Some(Role::DateParts),
            _ => None,
        }
    }

    fn is_words(self) -> bool {
        matches!(self, Role::OneHot | Role::Index)
    }
}

/// A column that is an input.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Its index in the table.
    pub at: usize,
    pub role: Role,
    pub name: String,
}

/// More words than this in a column of `one_hot` are refused, and more than the second number if more than half of the
/// rows have a word of their own.
const MOST_WORDS: [usize; 2] = [4096, 256];

/// The numbers of some rows, column by column.
struct Numbers {
    columns: Vec<Vec<f64>>,
    /// For each column, the first `true` or `false` with its row.
    truths: Vec<Option<(usize, String)>>,
    /// For each column, whether it holds a number other than 0 and 1.
    others: Vec<bool>,
}

/// The same of one column.
struct NumbersOfColumn {
    values: Vec<f64>,
    truth: Option<(usize, String)>,
    has_others: bool,
}

/// A cell that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    row: usize,
    /// The index of its column among the inputs.
    column: usize,
    error: CellError,
}

impl Refused {
    /// The first of two: by row, what is no number before what is empty, by column.
    fn first(self, other: Self) -> Self {
        let place =
            |own: &Self| (own.row, matches!(own.error, CellError::Empty { .. }), own.column);
        if place(&other) < place(&self) { other } else { self }
    }
}

impl Csv {
    /// Whether a network takes empty cells is not known without targets, and said when it predicts.
    fn refuses_empty(&self) -> bool {
        self.missing == Missing::Refuse && self.target.is_some()
    }

    /// A column with nothing learned yet.
    fn column(&self, wanted: &Wanted) -> Column {
        let (form, missing) = (self.date_form(), None);
        let cell = match wanted.role {
            Role::Number => Cell::Number { missing },
            Role::Date => Cell::Date { form, missing },
            Role::DateParts => Cell::DateParts { form, missing },
            Role::OneHot => Cell::OneHot(Vec::new()),
            Role::Index => Cell::Index(Vec::new()),
        };
        Column { name: wanted.name.clone(), cell }
    }

    /// The columns as the table has them, which gives up those that were read as numbers.
    pub(super) fn rows(
        &self,
        table: &mut Table,
        wanted: &[Wanted],
        form: &CellForm,
        empty: &EmptyCells,
    ) -> Result<Rows, DataError> {
        let columns: Vec<Column> = wanted.iter().map(|own| self.column(own)).collect();
        let taken: Vec<_> = wanted.iter().map(|own| table.take_numbers(own.at)).collect();
        let (mut numbers, of_texts) = self.of_texts(table, wanted, &columns, form)?;
        let read = taken.into_par_iter().enumerate();
        let read = read.filter_map(|(i, own)| own.map(|own| (i, own)));
        let read = read.map(|(i, own)| (i, self.of_numbers(own, i, &columns[i], form)));
        let read: Vec<_> = threads::run(|| read.collect());
        let mut refused = of_texts;
        for (i, read) in read {
            match read {
                Ok(own) => {
                    numbers.columns[i] = own.values;
                    (numbers.truths[i], numbers.others[i]) = (own.truth, own.has_others);
                }
                Err(own) => refused = Some(refused.map_or(own.clone(), |first| first.first(own))),
            }
        }
        if let Some(Refused { row, error, .. }) = refused {
            return Err(table.row_error(row, advice(&error, form)));
        }
        numbers.check(table, wanted)?;
        let column = |(own, mut numbers): (&Wanted, Vec<f64>)| {
            // No window has these rows.
            let left_out = numbers.iter_mut().enumerate();
            let left_out = left_out.filter(|(row, x)| x.is_nan() && empty.has_no_inputs(*row));
            left_out.for_each(|(_, x)| *x = 0.0);
            RawColumn {
                name: own.name.clone(),
                cells: match own.role.is_words() {
                    false => Cells::Numbers(Arc::new(numbers)),
                    true => Cells::words(table.cells(own.at)),
                },
            }
        };
        let columns = threads::run(|| {
            wanted.par_iter().zip(numbers.columns.into_par_iter()).map(column).collect()
        });
        Rows::new(columns).ok_or_else(|| {
            file_error(&table.path, "there is no row after the header".to_string(), None)
        })
    }

    /// The numbers of the columns of text, and the first cell that is not taken.
    fn of_texts(
        &self,
        table: &Table,
        wanted: &[Wanted],
        columns: &[Column],
        form: &CellForm,
    ) -> Result<(Numbers, Option<Refused>), DataError> {
        let texts: Vec<Place> = wanted.iter().map(|own| table.place_of(own.at)).collect();
        let is_converted =
            |own: &(&Wanted, &Place)| matches!(own.1, Place::Text(_)) && !own.0.role.is_words();
        let converted = wanted.iter().zip(&texts).filter(is_converted).count();
        // Numbers of a block are beside all of them for a while.
        let bytes = (2 * size_of::<f64>()).saturating_mul(table.len());
        if memory::check(bytes.saturating_mul(converted)).is_err() {
            return Err(no_memory(&table.path));
        }
        let blocks: Vec<&Block> = table.blocks().collect();
        let read = |block: &&Block| self.numbers(block, wanted, &texts, columns, form);
        let read: Vec<_> = threads::run(|| blocks.par_iter().map(read).collect());
        let no_memory = |_| no_memory(&table.path);
        let mut numbers = Numbers::of(wanted, &texts, table.len()).map_err(no_memory)?;
        let mut first = 0;
        for (block, read) in blocks.iter().zip(read) {
            match read.map_err(no_memory)? {
                Ok(own) => numbers.append(own, first),
                Err(own) => return Ok((numbers, Some(Refused { row: first + own.row, ..own }))),
            }
            first += block.len();
        }
        Ok((numbers, None))
    }

    /// The numbers of a block, or the first row with a cell that is none; or there is no memory for them.
    fn numbers(
        &self,
        block: &Block,
        wanted: &[Wanted],
        texts: &[Place],
        columns: &[Column],
        form: &CellForm,
    ) -> Result<Result<Numbers, Refused>, TryReserveError> {
        let numbers = Numbers::of(wanted, texts, block.len())?;
        Ok(self.filled(numbers, block, wanted, texts, columns, form))
    }

    fn filled(
        &self,
        mut numbers: Numbers,
        block: &Block,
        wanted: &[Wanted],
        texts: &[Place],
        columns: &[Column],
        form: &CellForm,
    ) -> Result<Numbers, Refused> {
        let inputs = || wanted.iter().zip(columns).zip(texts).enumerate();
        let texts = inputs().filter_map(|(i, ((own, column), place))| match place {
            Place::Text(at) => Some((i, own, column, *at)),
            Place::Number(_) => None,
        });
        let texts: Vec<_> = texts.collect();
        for row in 0..block.len() {
            let mut empty = None;
            for &(i, own, column, at) in &texts {
                let cell = block.cell(row, at);
                if own.role.is_words() {
                    let is_refused = self.refuses_empty() && form.is_missing(cell);
                    empty = empty.or_else(|| is_refused.then_some(i));
                    continue;
                }
                let number = column.number(cell, form);
                let number = number.map_err(|error| Refused { row, column: i, error })?;
                if number.is_none() && self.refuses_empty() {
                    empty = empty.or(Some(i));
                }
                numbers.add(i, row, cell, number);
            }
            if let Some(column) = empty {
                let error = CellError::Empty { column: wanted[column].name.clone() };
                return Err(Refused { row, column, error });
            }
        }
        Ok(numbers)
    }

    /// The numbers of a column that was read as such; `i` is its index among the inputs.
    fn of_numbers(
        &self,
        mut numbers: NumberColumn,
        i: usize,
        column: &Column,
        form: &CellForm,
    ) -> Result<NumbersOfColumn, Refused> {
        let has_others = numbers.values().iter().any(|x| !x.is_nan() && *x != 0.0 && *x != 1.0);
        let (mut truth, mut empty) = (None, None);
        let converted = numbers.convert_others(|row, cell| {
            let number = column.number(cell, form);
            let number = number.map_err(|error| Refused { row, column: i, error })?;
            match number {
                Some(_) => truth = truth.take().or_else(|| Some((row, cell.to_string()))),
                None if self.refuses_empty() => empty = empty.or(Some(row)),
                None => {}
            }
            Ok(number)
        });
        if let Some(row) = empty {
            // It is above a cell that is no number, where converting ends.
            let error = CellError::Empty { column: column.name.clone() };
            return Err(Refused { row, column: i, error });
        }
        converted?;
        Ok(NumbersOfColumn { values: numbers.into_values(), truth, has_others })
    }

    /// What the cells become.
    pub(super) fn fit(
        &self,
        path: &Path,
        wanted: &[Wanted],
        rows: &Rows,
        split: &Split,
        form: &CellForm,
    ) -> Result<Vec<Column>, DataError> {
        let fitted = |(own, raw): (&Wanted, &RawColumn)| {
            let mut column = self.column(own);
            let is_empty = match (&mut column.cell, &raw.cells) {
                (
                    Cell::Number { missing }
                    | Cell::Date { missing, .. }
                    | Cell::DateParts { missing, .. },
                    Cells::Numbers(numbers),
                ) => {
                    *missing = self.filling(split.train.iter().map(|&row| numbers[row]));
                    if self.target.is_none() {
                        // The network has a value of its own, or refuses empty cells.
                        *missing = missing.filter(|x| !x.is_nan()).or(Some(0.0));
                    }
                    missing.is_some_and(f64::is_nan)
                }
                (Cell::OneHot(values) | Cell::Index(values), Cells::Words { .. }) => {
                    *values = train_words(&raw.cells, split, form);
                    values.is_empty() && self.target.is_some()
                }
                _ => false,
            };
            if let (Cell::OneHot(values), true) = (&column.cell, self.target.is_some()) {
                refuse_ids(path, &own.name, values.len(), split.train.len())?;
            }
            let name = &own.name;
            match is_empty {
                true => Err(file_error(
                    path,
                    format!("column \"{name}\" is empty in all rows that are trained on"),
                    Some(format!("leave it out: ignore=[\"{name}\"]")),
                )),
                false => Ok(column),
            }
        };
        wanted.iter().zip(rows.columns()).map(fitted).collect()
    }

    /// The value that fills in missing numbers among these, of which NaN are missing; NaN if there is no number.
    fn filling(&self, numbers: impl Iterator<Item = f64>) -> Option<f64> {
        let numbers = numbers.filter(|x| !x.is_nan());
        match self.missing {
            Missing::Drop => None,
            Missing::Refuse if self.target.is_some() => None,
            // A network fills cells in by its own data. Until then, rows without targets are as they would be alone.
            Missing::Refuse | Missing::Mean => {
                let (count, sum) = numbers.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
                Some(sum / count)
            }
            Missing::Median => {
                let mut numbers: Vec<f64> = numbers.collect();
                numbers.sort_unstable_by(f64::total_cmp);
                let half = numbers.len() / 2;
                Some(match (numbers.get(half), numbers.len() % 2) {
                    (None, _) => f64::NAN,
                    (Some(middle), 1) => *middle,
                    (Some(upper), _) => 0.5 * (numbers[half - 1] + upper),
                })
            }
        }
    }

    /// Numbers are standardised if wanted; words become indices or ones and stay so.
    pub(super) fn preparation(&self, rows: &Rows, raw: &RawRow, split: &Split) -> Preparation {
        if !self.standardize {
            return Preparation::scaled(1.0);
        }
        // The features of a column, each learned from all rows that are trained on.
        let learn = |(own, column): (&RawColumn, &Column)| -> Vec<Standard> {
            let Cells::Numbers(numbers) = &own.cells else { return Vec::new() };
            let filled = column.missing().unwrap_or(f64::NAN);
            let value = |&row: &usize| if numbers[row].is_nan() { filled } else { numbers[row] };
            match &column.cell {
                Cell::DateParts { .. } => {
                    let part = |part: usize| {
                        let own = move |row: &usize| date_parts(value(row))[part];
                        Standard::of(split.train.iter().map(own))
                    };
                    (0..DATE_PARTS.len()).map(part).collect()
                }
                _ => vec![Standard::of(split.train.iter().map(value))],
            }
        };
        let columns = rows.columns().par_iter().zip(&raw.columns);
        let standards: Vec<Vec<Standard>> = threads::run(|| columns.map(learn).collect());
        let mut preparation = Preparation::unchanged(raw.width());
        let mut feature = 0;
        for (standards, column) in standards.into_iter().zip(&raw.columns) {
            for (own, standard) in standards.into_iter().enumerate() {
                preparation.set_standard(feature + own, standard);
            }
            feature += column.width();
        }
        preparation
    }
}

impl Numbers {
    /// No numbers yet, with room for so many rows of the columns of text that hold numbers.
    fn of(wanted: &[Wanted], texts: &[Place], rows: usize) -> Result<Self, TryReserveError> {
        let mut columns = vec![Vec::new(); wanted.len()];
        for ((column, own), place) in columns.iter_mut().zip(wanted).zip(texts) {
            if matches!(place, Place::Text(_)) && !own.role.is_words() {
                column.try_reserve_exact(rows)?;
            }
        }
        let (truths, others) = (vec![None; wanted.len()], vec![false; wanted.len()]);
        Ok(Numbers { columns, truths, others })
    }

    fn add(&mut self, column: usize, row: usize, cell: &str, number: Option<f64>) {
        let number = number.unwrap_or(f64::NAN);
        let may_be_truth = number == 0.0 || number == 1.0;
        if may_be_truth && self.truths[column].is_none() && truth(cell).is_some() {
            self.truths[column] = Some((row, cell.to_string()));
        }
        self.others[column] |= !may_be_truth && !number.is_nan();
        self.columns[column].push(number);
    }

    fn append(&mut self, other: Numbers, first: usize) {
        for (own, mut other) in self.columns.iter_mut().zip(other.columns) {
            own.append(&mut other);
        }
        for (own, other) in self.truths.iter_mut().zip(other.truths) {
            *own = own.take().or(other.map(|(row, cell)| (first + row, cell)));
        }
        for (own, other) in self.others.iter_mut().zip(other.others) {
            *own |= other;
        }
    }

    /// Refuses `true` and `false` among numbers other than 0 and 1.
    fn check(&self, table: &Table, wanted: &[Wanted]) -> Result<(), DataError> {
        let mixed = (0..wanted.len())
            .filter(|&i| self.others[i])
            .find_map(|i| self.truths[i].as_ref().map(|truth| (truth, &wanted[i])));
        match mixed {
            None => Ok(()),
            Some(((row, cell), own)) => {
                let problem = format!(
                    "column \"{}\" holds \"{cell}\" among numbers; na_values=[\"{cell}\"] takes it as an empty cell, \
                     ignore=[\"{0}\"] leaves the column out",
                    own.name
                );
                Err(table.row_error(*row, problem))
            }
        }
    }
}

/// The different words of the train part in order, without empty cells.
fn train_words(cells: &Cells, split: &Split, form: &CellForm) -> Vec<String> {
    let Cells::Words { values, codes } = cells else { return Vec::new() };
    let mut is_trained = vec![false; values.len()];
    split.train.iter().for_each(|&row| is_trained[codes[row] as usize] = true);
    let own = values.iter().zip(is_trained);
    let own = own.filter(|(value, is_trained)| *is_trained && !form.is_missing(value));
    let mut words: Vec<String> = own.map(|(value, _)| value.clone()).collect();
    words.sort_unstable_by(|a, b| compare(a, b));
    words
}

/// Refuses an input for each of so many words.
fn refuse_ids(path: &Path, name: &str, words: usize, rows: usize) -> Result<(), DataError> {
    let [most, most_of_ids] = MOST_WORDS;
    if words <= most && (words <= most_of_ids || 2 * words <= rows) {
        return Ok(());
    }
    let problem = format!(
        "column \"{name}\" has {} different words in {} rows, and one_hot would make an input of each",
        count_text(words),
        count_text(rows)
    );
    let help = format!(
        "index=[\"{name}\"] gives their indices to embedding({}, 16), ignore=[\"{name}\"] leaves the column out",
        words + 1
    );
    Err(file_error(path, problem, Some(help)))
}
