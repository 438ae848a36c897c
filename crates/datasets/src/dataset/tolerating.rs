//! Rows of a table that cannot be converted: set aside where the others are to be predicted.

use super::Dataset;
use crate::raw::{Cell, CellForm, Column};
use crate::store::{Cells, Encoding, RawColumn, Rows, Store, Windows};
use crate::{DataError, Preparation, Raw};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A data set, and its samples that are of no use.
#[derive(Clone, Debug)]
pub struct Tolerated {
    /// The data set. The cells of refused samples that could not be converted are 0.
    pub data: Dataset,
    /// The refused samples with the reason, by their indices.
    pub refused: BTreeMap<usize, String>,
}

impl Dataset {
    /// Sets the rows of a table aside whose cells a network with this preparation cannot take: words where it takes
    /// numbers, and empty cells if it was trained without them. Other data are returned as they are.
    ///
    /// # Errors
    /// Never for a data set that is whole.
    pub fn tolerating(&self, wanted: Option<&Preparation>) -> Result<Tolerated, DataError> {
        let mut refused = BTreeMap::new();
        let unchanged = || Tolerated { data: self.clone(), refused: BTreeMap::new() };
        let own = self.0.preparation.as_ref().and_then(|own| own.raw.as_ref());
        let raw = wanted.and_then(|wanted| wanted.raw.as_ref());
        let (Store::Rows(rows, _), Some(Raw::Row(own)), Some(Raw::Row(raw))) =
            (&self.0.inputs, own, raw)
        else {
            return Ok(unchanged());
        };
        let column = |column: &RawColumn| {
            let wanted = raw.columns.iter().find(|wanted| wanted.name == column.name);
            match wanted {
                Some(wanted) if !matches!(wanted.cell, Cell::OneHot(_) | Cell::Index(_)) => {
                    numbers(column, wanted, &raw.form, &mut refused)
                }
                _ => column.clone(),
            }
        };
        let columns = rows.columns().iter().map(column).collect();
        let windows = rows.windows().cloned();
        let rows = match (Rows::new(columns), windows) {
            _ if refused.is_empty() => return Ok(unchanged()),
            (Some(rows), None) => rows,
            (Some(rows), Some(windows)) => {
                refused = of_windows(&windows, &refused);
                rows.with_windows(windows).ok_or(DataError::Lost)?
            }
            (None, _) => return Ok(unchanged()),
        };
        let rows = Arc::new(rows);
        let encoding =
            Encoding::new(&rows, own).map_err(|unfit| unfit.error(self.name(), &rows))?;
        let store = Store::Rows(rows, Arc::new(encoding));
        let data = self.clone().changed(|contents| contents.inputs = store);
        Ok(Tolerated { data, refused })
    }
}

/// The windows that have a refused row, with its reason.
fn of_windows(windows: &Windows, refused: &BTreeMap<usize, String>) -> BTreeMap<usize, String> {
    let reason = |window: usize| {
        let row = windows.rows(window).iter().find_map(|row| refused.get(row));
        row.map(|reason| (window, format!("a row of it is of no use: {reason}")))
    };
    (0..windows.len()).filter_map(reason).collect()
}

/// A column of numbers or dates. The rows of cells that are none are refused, and 0 stands in their place.
fn numbers(
    column: &RawColumn,
    wanted: &Column,
    form: &CellForm,
    refused: &mut BTreeMap<usize, String>,
) -> RawColumn {
    let (name, takes_missing) = (&column.name, wanted.missing().is_some());
    let mut refuse = |row: usize, problem: String| {
        refused.entry(row).or_insert(problem);
        0.0
    };
    let empty = || format!("the column \"{name}\" is empty");
    let cells: Vec<f64> = match &column.cells {
        Cells::Numbers(numbers) => {
            let cell = |(row, &x): (usize, &f64)| match x.is_nan() && !takes_missing {
                true => refuse(row, empty()),
                false => x,
            };
            numbers.iter().enumerate().map(cell).collect()
        }
        Cells::Words { values, codes } => {
            let cell = |(row, &code): (usize, &u32)| {
                let word = values.get(code as usize).map_or("", String::as_str);
                match wanted.number(word, form) {
                    Ok(Some(x)) => x,
                    Ok(None) if takes_missing => f64::NAN,
                    Ok(None) => refuse(row, empty()),
                    Err(error) => refuse(row, format!("the {error}")),
                }
            };
            codes.iter().enumerate().map(cell).collect()
        }
    };
    RawColumn { name: name.clone(), cells: Cells::Numbers(Arc::new(cells)) }
}
