//! Tables of text: CSV, TSV and JSON-lines files, packed by gzip or not.

use super::packed;
use crate::DataError;
use crate::raw::{CellError, number};
use csv::StringRecord;
use relume_catalog::{Value, nearest};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What stands in a cell that says nothing, as pandas reads it.
const MISSING: [&str; 13] =
    ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None"];

/// Whether a cell says nothing.
pub(crate) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell)
}

/// How a file is to be read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Form {
    /// Whether the first row holds names; found out where it is not given.
    pub header: Option<bool>,
    /// What stands between columns; by the file's ending where it is not given.
    pub separator: Option<u8>,
}

/// A file's rows as text, with names for the columns.
#[derive(Debug)]
pub(super) struct Table {
    pub path: PathBuf,
    pub names: Vec<String>,
    pub rows: Vec<Row>,
    /// What stands between a row's cells; a comma where it is an object.
    pub separator: u8,
}

/// A row, as long as there are columns.
#[derive(Debug)]
pub(super) struct Row {
    /// The line where it begins, from 1.
    pub line: u64,
    pub cells: StringRecord,
}

impl Table {
    /// Reads a file: JSON-lines where it ends in `.jsonl`, `.ndjson` or `.json`, otherwise rows with tabs (`.tsv`, `.tab`) or commas between
    /// the columns. A further `.gz` is no matter.
    pub fn read(path: &Path, form: Form) -> Result<Self, DataError> {
        let bytes = packed::read(path)?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let table = match (ending(path).as_str(), form) {
            ("jsonl" | "ndjson" | "json", Form { header: None, separator: None }) => {
                lines(path, bytes)?
            }
            ("jsonl" | "ndjson" | "json", _) => {
                let problem = "is a JSON-lines file, which has no header and no separator";
                return Err(file_error(path, problem.to_string(), None));
            }
            ("tsv" | "tab", form) => {
                rows(path, bytes, form.header, form.separator.unwrap_or(b'\t'))?
            }
            (_, form) => rows(path, bytes, form.header, form.separator.unwrap_or(b','))?,
        };
        match table.rows.is_empty() {
            true => Err(file_error(path, "there is no row below the names".to_string(), None)),
            false => Ok(table),
        }
    }

    /// The file's name without its endings.
    pub fn stem(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_string()
    }

    /// A column by its name, or by its index from 0.
    pub fn column(&self, wanted: &Value) -> Result<usize, DataError> {
        let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_string);
        let by_name = self.names.iter().position(|name| *name == wanted);
        let by_index = || wanted.parse().ok().filter(|&i: &usize| i < self.names.len());
        by_name.or_else(by_index).ok_or_else(|| {
            let help = match nearest(&wanted, self.names.iter().map(String::as_str)) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("the columns are {}", self.names.join(", ")),
            };
            file_error(&self.path, format!("there is no column \"{wanted}\""), Some(help))
        })
    }

    /// The cells of a column, from the first row to the last.
    pub fn cells(&self, column: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.rows.iter().map(move |row| &row.cells[column])
    }

    /// An error in a row.
    pub fn row_error(&self, row: usize, problem: String) -> DataError {
        DataError::Line { path: self.path.clone(), line: self.rows[row].line, problem }
    }

    /// A column's cells as finite numbers.
    pub fn numbers(&self, column: usize) -> Result<Vec<f32>, DataError> {
        let number = |(row, cell): (usize, &str)| {
            let column = || self.names[column].clone();
            number(cell).ok_or_else(|| {
                let error = match is_missing(cell) {
                    true => CellError::Empty { column: column() },
                    false => CellError::NoNumber { column: column(), cell: cell.to_string() },
                };
                self.row_error(row, error.to_string())
            })
        };
        self.cells(column).enumerate().map(number).collect()
    }

    /// The classes of a column in order (numbers by size), and each row's.
    pub fn classes(&self, column: usize) -> Result<(Vec<String>, Vec<usize>), DataError> {
        if let Some(empty) = self.cells(column).position(is_missing) {
            let name = &self.names[column];
            return Err(self.row_error(empty, format!("the target column \"{name}\" is empty")));
        }
        Ok(classes(self.cells(column)))
    }
}

/// The different values among some cells, in order, and which of them each cell is.
pub(super) fn classes<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
) -> (Vec<String>, Vec<usize>) {
    let names = values(cells.clone());
    let index: HashMap<&str, usize> =
        names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let labels = cells.map(|cell| index[cell]).collect();
    (names, labels)
}

/// The different values among some cells, in the order of [`compare`]: numbers by size, and before words.
pub(super) fn values<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut values: Vec<&str> = cells.collect();
    values.sort_unstable();
    values.dedup();
    values.sort_by(|a, b| compare(a, b));
    values.into_iter().map(str::to_string).collect()
}

/// The order of values.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(a), number(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y).then_with(|| a.cmp(b)),
        (x, y) => y.is_some().cmp(&x.is_some()).then_with(|| a.cmp(b)),
    }
}

/// The last ending of a file's name, in small letters, that of gzip aside.
fn ending(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or("", |(_, ending)| ending).to_string()
}

pub(super) fn file_error(path: &Path, problem: String, help: Option<String>) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help }
}

/// Rows of columns with something between them.
fn rows(
    path: &Path,
    bytes: &[u8],
    header: Option<bool>,
    separator: u8,
) -> Result<Table, DataError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let cells = record.map_err(|error| file_error(path, error.to_string(), None))?;
        rows.push(Row { line: cells.position().map_or(0, csv::Position::line), cells });
    }
    let Some(first) = rows.first() else {
        return Err(file_error(path, "the file is empty".to_string(), None));
    };
    let width = first.cells.len();
    let is_named = || first.cells.iter().all(|cell| cell.parse::<f64>().is_err());
    let names = match header.unwrap_or_else(is_named) {
        true => rows.remove(0).cells.iter().map(str::to_string).collect(),
        false => (0..width).map(|i| i.to_string()).collect(),
    };
    match rows.iter().find(|row| row.cells.len() != width) {
        None => Ok(Table { path: path.to_path_buf(), names, rows, separator }),
        Some(row) => Err(DataError::Line {
            path: path.to_path_buf(),
            line: row.line,
            problem: format!("this row has {} columns, the first one {width}", row.cells.len()),
        }),
    }
}

/// An object in each line; its keys name the columns. What an object leaves out, or is `null`, is missing.
fn lines(path: &Path, bytes: &[u8]) -> Result<Table, DataError> {
    let refused = |line: usize, problem: String| DataError::Line {
        path: path.to_path_buf(),
        line: line as u64 + 1,
        problem,
    };
    let mut names: Vec<String> = Vec::new();
    let mut objects: Vec<(u64, Vec<String>)> = Vec::new();
    for (at, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object: serde_json::Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| refused(at, format!("this is no JSON object: {error}")))?;
        let mut cells = vec![String::new(); names.len()];
        for (name, value) in object {
            let column = names.iter().position(|own| *own == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            let cell = json_cell(&value)
                .ok_or_else(|| refused(at, format!("\"{}\" is no single value", names[column])))?;
            cells.resize(names.len(), String::new());
            cells[column] = cell;
        }
        objects.push((at as u64 + 1, cells));
    }
    if objects.is_empty() {
        return Err(file_error(path, "the file is empty".to_string(), None));
    }
    let row = |(line, mut cells): (u64, Vec<String>)| {
        cells.resize(names.len(), String::new());
        Row { line, cells: StringRecord::from(cells) }
    };
    let rows = objects.into_iter().map(row).collect();
    Ok(Table { path: path.to_path_buf(), names, rows, separator: b',' })
}

/// A JSON value as a cell; none for lists and objects.
pub(crate) fn json_cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_string()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}
