//! The columns of a table that keep rows together, or in order, where parts are drawn.

use crate::table::Table;
use relume_catalog::{Spec, Value};
use relume_datasets::raw::{DateForm, is_missing, number};
use relume_datasets::{DataError, Grouping};
use std::sync::Arc;

/// The columns of a table that keep rows together, or in order, where parts are drawn. They are no inputs.
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(block = GroupingColumnsOptions)]
pub struct GroupingColumns {
    /// Column of groups, such as "patient": no group is in two parts.
    pub split_by: Option<String>,
    /// Column of times, as numbers or as 2026-11-30 with or without 14:30:00: the last rows are the test part, those
    /// before them the validation part.
    pub split_time: Option<String>,
}

impl GroupingColumns {
    /// Whether one of them is named.
    pub(crate) fn is_given(&self) -> bool {
        self.split_by.is_some() || self.split_time.is_some()
    }

    /// Refuses both at once.
    pub(crate) fn consistent(&self) -> Result<(), String> {
        match (&self.split_by, &self.split_time) {
            (Some(_), Some(_)) => {
                Err("split_by keeps groups together, split_time follows time: give one of them"
                    .to_string())
            }
            _ => Ok(()),
        }
    }

    /// The columns that are named, with the option that names them.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, Value)> + '_ {
        let named = [("split_by", &self.split_by), ("split_time", &self.split_time)];
        named
            .into_iter()
            .filter_map(|(option, column)| Some((option, Value::from(column.as_deref()?))))
    }

    /// How the rows of a table belong together.
    ///
    /// # Errors
    /// A column that there is not, or a cell that is no time.
    pub(crate) fn grouping(&self, table: &Table) -> Result<Grouping, DataError> {
        if let Some(column) = &self.split_by {
            let (_, groups) =
                crate::table::classes(table.cells(table.column(&Value::from(column.as_str()))?));
            return Ok(Grouping::Groups(Arc::new(groups)));
        }
        let Some(column) = &self.split_time else { return Ok(Grouping::Single) };
        let at = table.column(&Value::from(column.as_str()))?;
        let time = |(row, cell): (usize, &str)| {
            time(cell).ok_or_else(|| {
                let name = &table.names[at];
                let problem = match is_missing(cell) {
                    true => format!("the column \"{name}\" is empty, so the row has no time"),
                    false => format!(
                        "{cell:?} in the column \"{name}\" is not a time: numbers and dates such as 2026-11-30 or \
                        2026-11-30 14:30:00 are"
                    ),
                };
                table.row_error(row, problem)
            })
        };
        let times: Result<Vec<f64>, DataError> = table.cells(at).enumerate().map(time).collect();
        Ok(Grouping::Times(Arc::new(times?)))
    }
}

/// A number, or the seconds from 1970 on of a date.
fn time(cell: &str) -> Option<f64> {
    number(cell).or_else(|| DateForm::default().seconds(cell))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `datetime.datetime(..., tzinfo=datetime.timezone.utc).timestamp()` of Python.
    #[test]
    fn dates_are_the_seconds_of_python() {
        let times = [
            ("1970-01-01", 0.0),
            ("2000-02-29", 951_782_400.0),
            ("2026-11-30 14:30:05", 1_796_049_005.0),
            ("2026/11/30T14:30", 1_796_049_000.0),
            ("1969-12-31", -86_400.0),
            ("12.5", 12.5),
        ];
        for (cell, seconds) in times {
            assert_eq!(time(cell), Some(seconds), "{cell}");
        }
        assert_eq!(["30.11.2026", "11/30/2026", "2026-13-01", "soon", ""].map(time), [None; 5]);
    }
}
