//! Rows of tables.

use super::{compare, is_missing, number};
use crate::{DataError, Preparation};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a row of cells becomes a row of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RawRow {
    /// The columns, without the target.
    pub columns: Vec<Column>,
    /// The separator between cells of a row that is given as a string.
    pub separator: char,
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
    /// A number is kept.
    Number {
        /// The value of a missing cell; a missing one is refused if this is not given.
        missing: Option<f32>,
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
}

impl Column {
    /// How many numbers a cell becomes.
    pub fn width(&self) -> usize {
        match &self.cell {
            Cell::Number { .. } | Cell::Index(_) => 1,
            Cell::OneHot(values) => values.len(),
        }
    }

    /// Writes the numbers of a cell into `out`.
    fn fill(&self, text: &str, out: &mut [f64]) -> Result<(), CellError> {
        match &self.cell {
            Cell::Number { missing } => {
                let name = || self.name.clone();
                out[0] = match (is_missing(text), missing) {
                    (true, Some(number)) => f64::from(*number),
                    (true, None) => return Err(CellError::Empty { column: name() }),
                    (false, _) => number(text).ok_or_else(|| CellError::NoNumber {
                        column: name(),
                        cell: text.to_string(),
                    })?,
                };
            }
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
    /// How many numbers a row becomes.
    pub fn width(&self) -> usize {
        self.columns.iter().map(Column::width).sum()
    }

    /// The names of these numbers: `age`, or `port=Cherbourg`.
    pub fn features(&self) -> Vec<String> {
        let names = |column: &Column| match &column.cell {
            Cell::Number { .. } | Cell::Index(_) => vec![column.name.clone()],
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
            column.fill(cell, &mut out[at..at + column.width()])?;
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
