//! Rows of a file: CSV, TSV, or a JSON object in each line.

use relume_files::csv_cell;
use relume_training::task::{Cell, Columns};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Cells with a separator between them, under a row of names.
    Separated(u8),
    /// A JSON object in each line.
    Lines,
}

impl Layout {
    /// The layout of a file by its ending.
    pub fn of(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        match ending.to_lowercase().as_str() {
            "csv" => Some(Layout::Separated(b',')),
            "tsv" => Some(Layout::Separated(b'\t')),
            "jsonl" | "ndjson" => Some(Layout::Lines),
            _ => None,
        }
    }
}

/// A file of rows that is being written.
pub struct Sheet<'a> {
    out: &'a mut dyn Write,
    layout: Layout,
    /// The names of what stands beside predictions.
    beside: Vec<String>,
    /// The names of the columns of predictions; unknown until the first one is there.
    predicted: Option<Vec<String>>,
    /// Rows without a prediction that came before the first one.
    early: Vec<Vec<String>>,
}

impl<'a> Sheet<'a> {
    /// A file without rows. `beside` names what stands beside predictions.
    pub fn new(out: &'a mut dyn Write, layout: Layout, beside: Vec<String>) -> Self {
        Sheet { out, layout, beside, predicted: None, early: Vec::new() }
    }

    /// Sets the names of the columns of predictions, at the first one.
    pub fn name(&mut self, columns: &Columns) -> io::Result<()> {
        if self.predicted.is_some() {
            return Ok(());
        }
        // A column of the table may have the same name.
        let free = |name: &String| {
            let mut name = name.clone();
            while self.beside.contains(&name) {
                name.push('_');
            }
            name
        };
        self.predicted = Some(columns.names.iter().map(free).collect());
        self.head()
    }

    /// Writes a row with its prediction, whose columns were named before.
    pub fn predicted(&mut self, beside: &[String], cells: &[Cell]) -> io::Result<()> {
        let names = self.predicted.iter().flatten();
        match self.layout {
            Layout::Separated(separator) => {
                let cells = beside.iter().cloned().chain(cells.iter().map(text));
                write_row(self.out, separator, cells)
            }
            Layout::Lines => {
                let own = self.beside.iter().zip(beside).map(|(name, cell)| (name, json!(cell)));
                let object: Map<String, Value> = own
                    .chain(names.zip(cells.iter().map(value)))
                    .map(|(name, value)| (name.clone(), value))
                    .collect();
                writeln!(self.out, "{}", Value::Object(object))
            }
        }
    }

    /// Writes a row that has no prediction.
    pub fn unpredicted(&mut self, beside: Vec<String>) -> io::Result<()> {
        match &self.predicted {
            None => {
                self.early.push(beside);
                Ok(())
            }
            Some(names) => {
                let nothing = vec![Cell::Number(f64::NAN); names.len()];
                self.predicted(&beside, &nothing)
            }
        }
    }

    /// Writes what is left, if there was no prediction at all.
    pub fn finish(mut self) -> io::Result<()> {
        if self.predicted.is_none() {
            self.predicted = Some(vec!["prediction".to_string()]);
            self.head()?;
        }
        Ok(())
    }

    fn head(&mut self) -> io::Result<()> {
        if let Layout::Separated(separator) = self.layout {
            let names = self.beside.iter().chain(self.predicted.iter().flatten()).cloned();
            write_row(self.out, separator, names)?;
        }
        std::mem::take(&mut self.early).into_iter().try_for_each(|row| self.unpredicted(row))
    }
}

/// Writes cells with a separator between them, in quotes where they need them.
fn write_row(
    out: &mut dyn Write,
    separator: u8,
    cells: impl Iterator<Item = String>,
) -> io::Result<()> {
    let separator = char::from(separator);
    let cells: Vec<String> = cells.map(|cell| csv_cell(&cell, separator)).collect();
    writeln!(out, "{}", cells.join(&separator.to_string()))
}

/// A prediction as the text of a cell; nothing for NaN.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(x) if x.is_nan() => String::new(),
        Cell::Score(x) | Cell::Share(x) if x.is_nan() => String::new(),
        Cell::Number(x) => x.to_string(),
        Cell::Score(x) | Cell::Share(x) => x.to_string(),
    }
}

/// A prediction as JSON, in its shortest form; null for NaN.
fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => json!(text),
        number => text(number).parse::<f64>().map_or(Value::Null, |x| json!(x)),
    }
}

/// Whether a first line names columns as those of predictions: `prediction`, one for each number, or the shares of
/// classes beside a file or a sample.
pub fn is_head(layout: Layout, line: &str) -> bool {
    let names: Vec<String> = match layout {
        Layout::Separated(separator) => {
            let cells = line.trim_end().split(separator as char);
            cells.map(|cell| cell.trim_matches('"').to_string()).collect()
        }
        Layout::Lines => match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(object) => object.keys().cloned().collect(),
            Err(_) => return false,
        },
    };
    let is_prediction = |name: &String| {
        let rest = name.strip_prefix("prediction");
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    let of_samples =
        ["file", "sample"].iter().any(|beside| names.iter().any(|name| name == beside));
    names.iter().any(is_prediction)
        || of_samples && names.iter().any(|name| name.starts_with("share_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_predictions_are_told_from_others() {
        let own = [
            "a,b,prediction,probability,truth",
            "file,\"share_sea, deep\",share_land",
            "x,prediction_price,prediction_rooms",
            "prediction,prediction_",
        ];
        let others =
            ["a,b,predictions", "market_share_2020,y", "id,share_price", "a,my prediction", ""];
        for (lines, is_own) in [(&own[..], true), (&others[..], false)] {
            for line in lines {
                assert_eq!(is_head(Layout::Separated(b','), line), is_own, "{line}");
            }
        }
        assert!(is_head(Layout::Lines, "{\"id\": 1, \"prediction\": \"a\"}"));
        assert!(!is_head(Layout::Lines, "{\"text\": \"my prediction is bad\"}"));
        assert!(!is_head(Layout::Lines, "id,prediction"));
    }
}
