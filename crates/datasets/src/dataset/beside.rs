//! What is known of samples beside their inputs: the columns of their table, or their files. It stands beside their
//! predictions in a file.

use super::{Dataset, Part};
use crate::DataError;
use crate::store::{Cells, RawColumn, Store};
use std::sync::Arc;

/// Columns of texts, a row for each sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// The names of the columns.
    pub names: Vec<String>,
    /// The rows, with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Dataset {
    /// The same data set with columns that stand beside the predictions of its samples, as a table's cells are written
    /// or the files' names.
    ///
    /// # Errors
    /// A column with another number of cells than there are samples.
    pub fn with_beside(self, columns: Vec<RawColumn>) -> Result<Self, DataError> {
        let count = self.len();
        match columns.iter().find(|column| column.cells.len() != count) {
            Some(column) => Err(DataError::Counts { inputs: column.cells.len(), targets: count }),
            None => Ok(self.changed(|contents| contents.beside = Arc::new(columns))),
        }
    }

    fn columns_beside(&self) -> &[RawColumn] {
        match &self.0.inputs {
            _ if !self.0.beside.is_empty() => &self.0.beside,
            Store::Rows(rows, _) => rows.columns(),
            _ => &[],
        }
    }
}

impl Part {
    /// What stands beside the predictions of its samples: the columns of their table (in the last row of a window),
    /// their files, or the texts; the number of each sample in its data set if nothing else is known.
    pub fn beside(&self) -> Beside {
        let columns = self.data().columns_beside();
        if columns.is_empty() {
            let (name, cell): (_, &dyn Fn(usize) -> String) = match &self.data().0.inputs {
                Store::Texts(texts, _) => ("text", &|sample| texts[sample].clone()),
                _ => ("sample", &|sample| sample.to_string()),
            };
            let rows = self.indices().iter().map(|&sample| vec![cell(sample)]).collect();
            return Beside { names: vec![name.to_string()], rows };
        }
        // Columns of the inputs have a cell for each row, of which a sample may have several.
        let row_of = |sample: usize| match &self.data().0.inputs {
            Store::Rows(rows, _) if self.data().0.beside.is_empty() => rows.last_of(sample),
            _ => sample,
        };
        let row =
            |&sample: &usize| columns.iter().map(|own| own.cells.text(row_of(sample))).collect();
        Beside {
            names: columns.iter().map(|column| column.name.clone()).collect(),
            rows: self.indices().iter().map(row).collect(),
        }
    }
}

impl Cells {
    /// A cell as text; empty where there is nothing.
    fn text(&self, row: usize) -> String {
        match self {
            Cells::Numbers(numbers) => match numbers.get(row) {
                Some(x) if !x.is_nan() => x.to_string(),
                _ => String::new(),
            },
            Cells::Words { values, codes } => {
                let word = codes.get(row).and_then(|&code| values.get(code as usize));
                word.cloned().unwrap_or_default()
            }
        }
    }
}
