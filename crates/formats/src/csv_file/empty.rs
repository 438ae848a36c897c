//! Empty cells: which rows, and which windows of rows, they leave out.

use super::convert::Wanted;
use super::{Csv, Missing};
use crate::table::{Table, file_error};
use relume_datasets::DataError;
use relume_datasets::raw::CellForm;
use std::collections::HashSet;

/// Rows whose empty cells are not filled in.
#[derive(Clone, Debug, Default)]
pub(super) struct EmptyCells {
    /// Whether each row has an empty input or weight; nothing if they are filled in, or refused.
    inputs: Vec<bool>,
    /// Whether each row has an empty target; nothing if those are refused.
    targets: Vec<bool>,
}

impl EmptyCells {
    /// The rows of a table that `missing` leaves out: those with any empty cell, or of windows those with an empty
    /// target, which nothing can fill in.
    pub fn of(
        csv: &Csv,
        table: &Table,
        columns: &[Wanted],
        (target, weight): (&[usize], Option<usize>),
        form: &CellForm,
    ) -> Self {
        let inputs = || columns.iter().map(|own| own.at).chain(weight);
        let rows = |columns: HashSet<usize>| {
            let mut is_empty = vec![false; table.len()];
            for column in columns {
                if let Some(numbers) = table.numbers(column) {
                    let empty = numbers.others().filter(|(_, cell)| form.is_missing(cell));
                    empty.for_each(|(row, _)| is_empty[row] = true);
                    continue;
                }
                let cells = is_empty.iter_mut().zip(table.cells(column));
                cells.for_each(|(is_empty, cell)| *is_empty |= form.is_missing(cell));
            }
            if is_empty.contains(&true) { is_empty } else { Vec::new() }
        };
        let of_targets = || rows(target.iter().copied().collect());
        match csv.missing {
            // A row whose target is empty is refused unless it is to be left out; so are windows that predict it, but
            // the row itself is an input of others.
            Missing::Mean | Missing::Median if csv.windows.window.is_none() => {
                EmptyCells::default()
            }
            Missing::Refuse => EmptyCells::default(),
            Missing::Drop => EmptyCells { inputs: rows(inputs().collect()), targets: of_targets() },
            Missing::Mean | Missing::Median => {
                EmptyCells { inputs: Vec::new(), targets: of_targets() }
            }
        }
    }

    /// Whether a row cannot be an input.
    pub fn has_no_inputs(&self, row: usize) -> bool {
        self.inputs.get(row) == Some(&true)
    }

    /// Whether a row cannot be predicted.
    pub fn has_no_target(&self, row: usize) -> bool {
        self.targets.get(row) == Some(&true)
    }

    /// What is left out, for a note on the data.
    pub fn what(&self) -> &'static str {
        if self.inputs.is_empty() { "an empty target" } else { "empty cells" }
    }

    /// Why nothing is left, if each of `what` is left out.
    pub fn nothing_left(&self, what: &str) -> String {
        let has = if self.inputs.is_empty() { "an empty target" } else { "an empty cell" };
        format!("each {what} has {has}, so none is left")
    }

    /// The table without these rows.
    ///
    /// # Errors
    /// A file none of whose rows is left, or there is no memory for them.
    pub fn taken_from(&self, table: Table) -> Result<Table, DataError> {
        if self.inputs.is_empty() && self.targets.is_empty() {
            return Ok(table);
        }
        let origin = table.path.clone();
        let is_kept = |row: usize| !self.has_no_inputs(row) && !self.has_no_target(row);
        let kept: Vec<bool> = (0..table.len()).map(is_kept).collect();
        let table = table.kept(&kept)?;
        match table.emptied() {
            None => Ok(table),
            Some(path) => {
                let path = if path.as_os_str().is_empty() { &origin } else { path };
                let problem = self.nothing_left("row");
                let help = (!self.inputs.is_empty())
                    .then_some("missing=\"mean\" fills cells in, ignore=[...] leaves columns out");
                Err(file_error(path, problem, help.map(str::to_string)))
            }
        }
    }

    /// The rows that can be predicted, and the place of each row of the table among them; `None` if all can be.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn predicted(&self, table: &Table) -> Result<Option<(Table, Vec<usize>)>, DataError> {
        if self.targets.is_empty() {
            return Ok(None);
        }
        let kept: Vec<bool> = self.targets.iter().map(|is_empty| !is_empty).collect();
        let places = kept.iter().scan(0, |next, &is_kept| {
            let place = *next;
            *next += usize::from(is_kept);
            Some(place)
        });
        let places = places.collect();
        Ok(Some((table.clone().kept(&kept)?, places)))
    }
}
