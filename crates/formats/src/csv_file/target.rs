//! The column that is predicted.

use super::advice::target_advice;
use crate::table::Table;
use crate::task::{MOST_CLASSES, Task};
use relume_catalog::count_text;
use relume_datasets::raw::CellForm;
use relume_datasets::{DataError, Targets};
use relume_tensor::Tensor;
use std::collections::HashSet;

/// As many different whole numbers that are written with decimals, such as 0.0 and 1.0, are classes.
pub(crate) const TWO: usize = 2;

/// How many words are remembered while a column is looked at.
const KNOWN: usize = 8;

/// The note on such classes.
pub(crate) fn decimals_note(name: &str) -> String {
    format!(
        "{name} has two whole numbers, taken as classes: task=\"numbers\" predicts them as numbers"
    )
}

/// What the cells of a column are.
#[derive(Debug, Default)]
struct Judged<'a> {
    numbers: usize,
    words: usize,
    /// The first row with a word.
    word: Option<usize>,
    /// Whether that is a number which is infinite, and no word.
    is_infinite: bool,
    /// Whether all numbers are written as whole ones.
    are_wholes: bool,
    /// Whether all numbers are whole, however they are written.
    are_whole_valued: bool,
    /// Different numbers and words, up to one more than there are classes at most.
    values: HashSet<u64>,
    spellings: HashSet<&'a str>,
}

impl<'a> Judged<'a> {
    fn new(cells: impl Iterator<Item = &'a str>, form: &CellForm) -> Self {
        let mut judged = Judged { are_wholes: true, are_whole_valued: true, ..Judged::default() };
        // The first few words, which need not be looked at again.
        let mut known: Vec<&str> = Vec::new();
        for (row, cell) in cells.enumerate() {
            if known.contains(&cell) {
                judged.words += 1;
                continue;
            }
            if form.is_missing(cell) {
                continue;
            }
            match form.number(cell) {
                Some(number) => {
                    judged.numbers += 1;
                    judged.are_wholes &= cell.parse::<i64>().is_ok();
                    judged.are_whole_valued &= number.fract() == 0.0;
                    if judged.values.len() <= MOST_CLASSES {
                        // 0 and -0 are one class.
                        judged.values.insert((number + 0.0).to_bits());
                    }
                }
                None => {
                    judged.words += 1;
                    if known.len() < KNOWN {
                        known.push(cell);
                    }
                    if !judged.is_infinite && cell.parse::<f64>().is_ok() {
                        (judged.is_infinite, judged.word) = (true, Some(row));
                    }
                    judged.word = judged.word.or(Some(row));
                    if judged.spellings.len() <= MOST_CLASSES {
                        judged.spellings.insert(cell);
                    }
                }
            }
        }
        judged
    }

    /// What is predicted; `None` if it cannot be told because words stand among numbers.
    fn task(&self) -> Option<Task> {
        let different = self.values.len() + self.spellings.len();
        match (self.numbers, self.words) {
            _ if self.is_infinite => None,
            (_, 0) if self.are_wholes => Some(Task::of_wholes(different)),
            (_, 0) if self.are_whole_valued && different <= TWO => Some(Task::Classes),
            (_, 0) => Some(Task::Numbers),
            (numbers, words) if words >= numbers => Some(Task::Classes),
            _ if self.are_whole_valued && different <= MOST_CLASSES => Some(Task::Classes),
            _ => None,
        }
    }
}

/// What is predicted.
pub(super) struct Read {
    pub targets: Targets,
    /// What is to be known where targets are not what they look like.
    pub note: Option<String>,
    /// Numbers with all their digits, row by row, if f32 does not hold them.
    pub exact: Option<Vec<f64>>,
}

/// The targets of one column, or of several: numbers, or labels if each is 0 or 1.
///
/// # Errors
/// An empty cell, a word among numbers unless the task is given, words in one of several columns, or a class that only
/// the test file has.
pub(super) fn read(
    table: &Table,
    columns: &[usize],
    task: Option<Task>,
    form: &CellForm,
) -> Result<Read, DataError> {
    match *columns {
        [column] => read_one(table, column, task, form),
        _ => read_several(table, columns, form),
    }
}

fn read_one(
    table: &Table,
    column: usize,
    task: Option<Task>,
    form: &CellForm,
) -> Result<Read, DataError> {
    let name = &table.names[column];
    let (mut task, mut note, mut are_decimals) = (task, None, false);
    if task != Some(Task::Numbers) {
        let judged = Judged::new(table.cells(column), form);
        are_decimals = judged.words == 0 && !judged.are_wholes && judged.are_whole_valued;
        if task.is_none() {
            let found = judged.task();
            task = Some(found.ok_or_else(|| mixed(table, column, &judged))?);
            if are_decimals && task == Some(Task::Classes) {
                note = Some(decimals_note(name));
            }
        }
    }
    if task == Some(Task::Numbers) {
        return Ok(Read { note, ..values(table, &[column], form)? });
    }
    let (names, labels) = match are_decimals {
        true => whole_classes(table, column, form)?,
        false => table.classes(column, form)?,
    };
    Ok(Read { targets: Targets::Classes { names, labels }, note, exact: None })
}

/// Several columns of numbers.
fn read_several(table: &Table, columns: &[usize], form: &CellForm) -> Result<Read, DataError> {
    for &column in columns {
        let judged = Judged::new(table.cells(column), form);
        let is_truth = |cell: &str| form.is_missing(cell) || form.number_or_truth(cell).is_some();
        let word = table.cells(column).position(|cell| !is_truth(cell));
        if let Some(row) = word.filter(|_| judged.words > judged.numbers) {
            let problem = format!(
                "the target column \"{}\" holds \"{}\": several targets are numbers, or labels of 0 and 1; a column \
                 of classes is a target of its own",
                table.names[column],
                table.cell(row, column)
            );
            return Err(table.row_error(row, problem));
        }
    }
    let read = values(table, columns, form)?;
    let note = read.targets.are_several_labels().then(|| {
        let names: Vec<&str> = columns.iter().map(|&column| &table.names[column][..]).collect();
        let (last, first) = names.split_last().unwrap_or((&"", &[]));
        format!(
            "{} and {last} are labels, 0 or 1 (loss=mse predicts them as numbers)",
            first.join(", ")
        )
    });
    Ok(Read { note, ..read })
}

/// The numbers of some columns.
fn values(table: &Table, columns: &[usize], form: &CellForm) -> Result<Read, DataError> {
    let own = columns.iter().map(|&column| numbers(table, column, form));
    let own: Vec<Vec<f64>> = own.collect::<Result<_, _>>()?;
    let width = own.len();
    let values: Vec<f64> = (0..table.len() * width).map(|i| own[i % width][i / width]).collect();
    let is_rounded = |&x: &f64| f64::from(x as f32) != x;
    let tensor = Tensor::new([table.len(), width], values.iter().map(|&x| x as f32).collect())?;
    let names = columns.iter().map(|&column| table.names[column].clone()).collect();
    let exact = values.iter().any(is_rounded).then_some(values);
    Ok(Read { targets: Targets::Values { names, values: tensor }, note: None, exact })
}

/// The error of words among numbers.
fn mixed(table: &Table, column: usize, judged: &Judged<'_>) -> DataError {
    let (row, name) = (judged.word.unwrap_or_default(), &table.names[column]);
    let cell = table.cell(row, column);
    let problem = format!(
        "the target column \"{name}\" holds \"{cell}\", and {} of its cells are numbers; na_values=[\"{cell}\"] with \
         missing=\"drop\" leaves such rows out, task=\"classes\" makes a class of each value",
        count_text(judged.numbers)
    );
    table.row_error(row, problem)
}

/// A column's numbers.
fn numbers(table: &Table, column: usize, form: &CellForm) -> Result<Vec<f64>, DataError> {
    let number = |(row, cell): (usize, &str)| {
        form.number_or_truth(cell).ok_or_else(|| {
            let column = table.names[column].clone();
            let problem = match form.is_missing(cell) {
                true => format!(
                    "the target column \"{column}\" is empty; missing=\"drop\" leaves such rows out"
                ),
                false => target_advice(&column, cell, form),
            };
            table.row_error(row, problem)
        })
    };
    table.cells(column).enumerate().map(number).collect()
}

/// The weights of a column.
///
/// # Errors
/// A cell that is not a number of 0 or more.
pub(super) fn weights(
    table: &Table,
    column: usize,
    form: &CellForm,
) -> Result<Vec<f32>, DataError> {
    let weight = |(row, cell): (usize, &str)| {
        form.number(cell).filter(|&weight| weight >= 0.0).map(|weight| weight as f32).ok_or_else(
            || {
                let name = &table.names[column];
                let problem = match form.is_missing(cell) {
                    true => format!("the column of weights \"{name}\" is empty"),
                    false => {
                        format!("the column of weights \"{name}\" holds \"{cell}\", not 0 or more")
                    }
                };
                table.row_error(row, problem)
            },
        )
    };
    table.cells(column).enumerate().map(weight).collect()
}

/// Whole numbers as classes that are called by their shortest form: 1.0 and 1 are one class.
fn whole_classes(
    table: &Table,
    column: usize,
    form: &CellForm,
) -> Result<(Vec<String>, Vec<usize>), DataError> {
    let name = |cell: &str| match form.number(cell) {
        Some(number) => format!("{}", number + 0.0),
        None => cell.to_string(),
    };
    let cells: Vec<String> = table.cells(column).map(name).collect();
    table.classes_of(column, || cells.iter().map(String::as_str), form)
}
