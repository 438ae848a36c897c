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
        for (row, cell) in cells.enumerate().filter(|(_, cell)| !form.is_missing(cell)) {
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

/// The targets, and a note if they are not what they look like.
///
/// # Errors
/// An empty cell, a word among numbers unless the task is given, or a class that only the test file has.
pub(super) fn read(
    table: &Table,
    column: usize,
    task: Option<Task>,
    form: &CellForm,
) -> Result<(Targets, Option<String>), DataError> {
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
        let values = numbers(table, column, form)?;
        let values = Tensor::new([values.len(), 1], values)?;
        return Ok((Targets::Values { names: vec![name.clone()], values }, None));
    }
    let (names, labels) = match are_decimals {
        true => whole_classes(table, column, form)?,
        false => table.classes(column, form)?,
    };
    Ok((Targets::Classes { names, labels }, note))
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
fn numbers(table: &Table, column: usize, form: &CellForm) -> Result<Vec<f32>, DataError> {
    let number = |(row, cell): (usize, &str)| {
        form.number_or_truth(cell).map(|x| x as f32).ok_or_else(|| {
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
