//! Rows of tables.

use super::{CellForm, DATE_PARTS, DateForm, compare, date_parts};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use thiserror::Error;

/// How a row of cells becomes a row of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawRow {
    /// The columns, without the target.
    pub columns: Vec<Column>,
    /// The separator between cells of a row that is given as a string; a blank stands for any number of blanks.
    pub separator: char,
    /// How cells are written.
    #[serde(default, skip_serializing_if = "CellForm::is_usual")]
    pub form: CellForm,
    /// How many rows a sample has, `[rows, columns]`; a sample is one row if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// How its cells are converted.
    pub cell: Cell,
}

/// How a cell is converted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// A number is kept; what is so is 1, and what is not is 0.
    Number {
        /// The value of a missing cell; a missing one is refused if this is not given.
        missing: Option<f64>,
    },
    /// A date becomes the seconds since 1970.
    Date {
        /// How it is written.
        form: DateForm,
        /// The value of a missing cell; a missing one is refused if this is not given.
        missing: Option<f64>,
    },
    /// A date becomes its parts ([`DATE_PARTS`]).
    DateParts {
        /// How it is written.
        form: DateForm,
        /// The seconds since 1970 of a missing cell; a missing one is refused if this is not given.
        missing: Option<f64>,
    },
    /// One of these values, which are in order, becomes a number for each of them, 1 for its own and 0 for the others.
    /// Any other value gives 0 everywhere.
    OneHot(Vec<String>),
    /// One of these values, which are in order, becomes its index, from 1 on, for an embedding to look up. Any other
    /// value gives 0.
    Index(Vec<String>),
}

/// A cell that cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CellError {
    /// An empty cell.
    #[error("column \"{column}\" is empty")]
    Empty {
        /// The column's name.
        column: String,
    },
    /// A cell that is not a number.
    #[error("column \"{column}\" holds \"{cell}\", which is not a number")]
    NoNumber {
        /// The column's name.
        column: String,
        /// The content of the cell.
        cell: String,
    },
    /// A cell that is not a date.
    #[error("column \"{column}\" holds \"{cell}\", which is not a date {}", dates(.pattern.as_deref()))]
    NoDate {
        /// The column's name.
        column: String,
        /// The content of the cell.
        cell: String,
        /// How dates are written.
        pattern: Option<String>,
    },
}

/// How dates are written, as part of a sentence.
fn dates(pattern: Option<&str>) -> String {
    match pattern {
        None => "such as 2026-11-30 or 2026-11-30 14:30:00".to_string(),
        Some(pattern) => format!("as date_format={pattern:?} has it"),
    }
}

impl Column {
    /// How many numbers a cell becomes.
    pub fn width(&self) -> usize {
        match &self.cell {
            Cell::Number { .. } | Cell::Date { .. } | Cell::Index(_) => 1,
            Cell::DateParts { .. } => DATE_PARTS.len(),
            Cell::OneHot(values) => values.len(),
        }
    }

    /// The number of a cell that holds a number or a date; none for cells that hold words, and for an empty one.
    ///
    /// # Errors
    /// A cell that is not what the column holds.
    pub fn number(&self, cell: &str, form: &CellForm) -> Result<Option<f64>, CellError> {
        let (column, held) = (|| self.name.clone(), || cell.to_string());
        let found = match &self.cell {
            Cell::OneHot(_) | Cell::Index(_) => return Ok(None),
            Cell::Number { .. } => form.number_or_truth(cell),
            Cell::Date { form: dates, .. } | Cell::DateParts { form: dates, .. } => {
                dates.seconds(cell)
            }
        };
        match (found, &self.cell) {
            (Some(number), _) => Ok(Some(number)),
            (None, _) if form.is_missing(cell) => Ok(None),
            (None, Cell::Date { form, .. } | Cell::DateParts { form, .. }) => {
                let pattern = form.pattern.clone();
                Err(CellError::NoDate { column: column(), cell: held(), pattern })
            }
            (None, _) => Err(CellError::NoNumber { column: column(), cell: held() }),
        }
    }

    /// The number of an empty cell, if there is one.
    pub fn missing(&self) -> Option<f64> {
        match &self.cell {
            Cell::Number { missing }
            | Cell::Date { missing, .. }
            | Cell::DateParts { missing, .. } => *missing,
            Cell::OneHot(_) | Cell::Index(_) => None,
        }
    }

    /// Writes the numbers of a cell into `out`.
    fn fill(&self, text: &str, form: &CellForm, out: &mut [f64]) -> Result<(), CellError> {
        let number = || {
            let number = self.number(text, form)?.or_else(|| self.missing());
            number.ok_or_else(|| CellError::Empty { column: self.name.clone() })
        };
        match &self.cell {
            Cell::Number { .. } | Cell::Date { .. } => out[0] = number()?,
            Cell::DateParts { .. } => out.copy_from_slice(&date_parts(number()?)),
            Cell::OneHot(values) => {
                out.fill(0.0);
                if let Some(place) = place(values, text) {
                    out[place] = 1.0;
                }
            }
            Cell::Index(values) => out[0] = place(values, text).map_or(0, |place| place + 1) as f64,
        }
        Ok(())
    }
}

/// The position of a value among others that are in order.
pub(crate) fn place(values: &[String], wanted: &str) -> Option<usize> {
    values.binary_search_by(|value| compare(value, wanted)).ok()
}

impl RawRow {
    /// Checks the order of the columns' values, and how dates are written.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let rising = |values: &[String]| {
            values.windows(2).all(|pair| compare(&pair[0], &pair[1]) == Ordering::Less)
        };
        self.columns.iter().try_for_each(|Column { name, cell }| match cell {
            Cell::OneHot(values) | Cell::Index(values) if !rising(values) => {
                Err(format!("the values of the column {name:?} are not in order"))
            }
            Cell::Date { form, .. } | Cell::DateParts { form, .. } => form.check(),
            Cell::Number { .. } | Cell::OneHot(_) | Cell::Index(_) => Ok(()),
        })
    }

    /// How many numbers a row becomes.
    pub fn width(&self) -> usize {
        self.columns.iter().map(Column::width).sum()
    }

    /// The names of these numbers: `age`, `port=Cherbourg`, or `when.month`.
    pub fn features(&self) -> Vec<String> {
        let names = |column: &Column| match &column.cell {
            Cell::Number { .. } | Cell::Date { .. } | Cell::Index(_) => vec![column.name.clone()],
            Cell::DateParts { .. } => {
                DATE_PARTS.iter().map(|part| format!("{}.{part}", column.name)).collect()
            }
            Cell::OneHot(values) => {
                values.iter().map(|value| format!("{}={value}", column.name)).collect()
            }
        };
        self.columns.iter().flat_map(names).collect()
    }

    /// Writes the numbers of the cells, one cell for each column, into `out`.
    ///
    /// # Errors
    /// A cell that cannot be converted.
    pub fn fill<'a>(
        &self,
        cells: impl Iterator<Item = &'a str>,
        out: &mut [f64],
    ) -> Result<(), CellError> {
        let mut at = 0;
        for (column, cell) in self.columns.iter().zip(cells) {
            column.fill(cell, &self.form, &mut out[at..at + column.width()])?;
            at += column.width();
        }
        Ok(())
    }

    /// The prepared numbers of a row's cells, one for each column.
    ///
    /// # Errors
    /// Another number of cells, or a cell that cannot be converted.
    pub fn sample(&self, preparation: &Preparation, cells: &[String]) -> Result<Tensor, DataError> {
        if cells.len() != self.columns.len() {
            return Err(DataError::Options(format!(
                "this row has {} columns, but {} are needed: {}",
                cells.len(),
                self.columns.len(),
                self.names()
            )));
        }
        let mut row = vec![0.0; self.width()];
        self.fill(cells.iter().map(String::as_str), &mut row)
            .map_err(|error| DataError::Options(error.to_string()))?;
        Ok(Tensor::from_fn(row.len(), |feature| preparation.number(feature, row[feature])))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }
}
