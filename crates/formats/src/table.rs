//! Tables of text: CSV, TSV and JSON-lines files, compressed with gzip or not.

use crate::files::packed::Unpacked;
use crate::{RandomSplit, Reader};
use csv::StringRecord;
use relume_catalog::{Value, nearest};
use relume_datasets::raw::{CellError, compare, is_missing, number};
use relume_datasets::{Cells, DataError, Grouping, PartKind, RawColumn, Split, Targets};
use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// How a file is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Form {
    /// Whether the first row is a header; found out if not given.
    pub header: Option<bool>,
    /// The separator between columns; by the file's ending if not given.
    pub separator: Option<u8>,
}

/// A file's rows as text, with names for the columns; the rows of a test file follow if there is one.
#[derive(Debug)]
pub(crate) struct Table {
    pub path: PathBuf,
    /// The file of rows for the test.
    test_path: Option<PathBuf>,
    pub names: Vec<String>,
    pub rows: Vec<Row>,
    /// The separator between a row's cells; a comma if the row is an object.
    pub separator: u8,
}

/// A row, with a cell for each column.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line where it begins, counted from 1.
    pub line: u64,
    pub cells: StringRecord,
    /// Whether it is from the test file.
    is_test: bool,
}

impl Row {
    fn new(line: u64, cells: StringRecord) -> Self {
        Row { line, cells, is_test: false }
    }
}

impl Table {
    /// Reads a file: JSON-lines if it ends in `.jsonl`, `.ndjson` or `.json`, otherwise rows with tabs (`.tsv`, `.tab`)
    /// or commas between the columns. `.gz` may follow.
    pub fn read(path: &Path, form: Form, reader: &dyn Reader) -> Result<Self, DataError> {
        let mut file = Unpacked::open(path, reader)?;
        match file.fill_buf() {
            Ok(first) if first.starts_with("\u{feff}".as_bytes()) => file.consume(3),
            Ok(_) => {}
            Err(error) => return Err(file.refused(error)),
        }
        let table = match (ending(path).as_str(), form) {
            ("jsonl" | "ndjson" | "json", Form { header: None, separator: None }) => {
                lines(path, file)?
            }
            ("jsonl" | "ndjson" | "json", _) => {
                let problem = "is a JSON-lines file, which has no header and no separator";
                return Err(file_error(path, problem.to_string(), None));
            }
            ("tsv" | "tab", form) => {
                rows(path, file, form.header, form.separator.unwrap_or(b'\t'))?
            }
            (_, form) => rows(path, file, form.header, form.separator.unwrap_or(b','))?,
        };
        match table.rows.is_empty() {
            true => Err(file_error(path, "there is no row after the header".to_string(), None)),
            false => Ok(table),
        }
    }

    /// Adds the rows of a test file, whose columns are found by their names.
    pub fn with_test(mut self, test: Table) -> Result<Self, DataError> {
        let places = self.names.iter().map(|name| {
            test.names.iter().position(|own| own == name).ok_or_else(|| {
                let problem = format!(
                    "there is no column \"{name}\", as there is in {}",
                    self.path.display()
                );
                let help = format!("its columns are {}", test.names.join(", "));
                file_error(&test.path, problem, Some(help))
            })
        });
        let places: Vec<usize> = places.collect::<Result<_, _>>()?;
        self.rows.extend(test.rows.into_iter().map(|row| {
            let cells = places.iter().map(|&place| &row.cells[place]).collect();
            Row { cells, is_test: true, ..row }
        }));
        self.test_path = Some(test.path);
        Ok(self)
    }

    /// The parts as the files have them, if there is a test file.
    pub fn split(&self) -> Option<Split> {
        self.test_path.as_ref()?;
        Some(Split::of_parts(self.rows.iter().map(|row| match row.is_test {
            true => PartKind::Test,
            false => PartKind::Train,
        })))
    }

    /// The parts: those of two files, or drawn.
    ///
    /// # Errors
    /// A test file whose rows are in the same groups as those of the train part, or are earlier.
    pub fn parts(
        &self,
        split: &RandomSplit,
        targets: &Targets,
        grouping: &Grouping,
    ) -> Result<Split, DataError> {
        let Some(own) = self.split() else { return Ok(split.draw_by(targets, grouping)) };
        if let Grouping::Groups(groups) = grouping
            && let Some(&row) =
                own.test.iter().find(|&&row| own.train.iter().any(|&i| groups[i] == groups[row]))
        {
            let problem = "its group is also in the train part".to_string();
            return Err(self.row_error(row, problem));
        }
        Ok(split.complete_by(own, targets, grouping))
    }

    /// The file that has no rows left.
    pub fn emptied(&self) -> Option<&Path> {
        let has = |is_test: bool| self.rows.iter().any(|row| row.is_test == is_test);
        match &self.test_path {
            _ if !has(false) => Some(&self.path),
            Some(path) if !has(true) => Some(path),
            _ => None,
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

    /// All columns with their cells as they are written in the file.
    pub fn as_written(&self) -> Vec<RawColumn> {
        let column = |(at, name): (usize, &String)| RawColumn {
            name: name.clone(),
            cells: Cells::words(self.cells(at)),
        };
        self.names.iter().enumerate().map(column).collect()
    }

    /// The cells of a column, from the first row to the last.
    pub fn cells(&self, column: usize) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.rows.iter().map(move |row| &row.cells[column])
    }

    /// An error in a row.
    pub fn row_error(&self, row: usize, problem: String) -> DataError {
        let row = &self.rows[row];
        let path = self.test_path.as_ref().filter(|_| row.is_test).unwrap_or(&self.path);
        DataError::Line { path: path.clone(), line: row.line, problem }
    }

    /// A column's cells as finite numbers.
    pub fn numbers(&self, column: usize) -> Result<Vec<f32>, DataError> {
        let number = |(row, cell): (usize, &str)| {
            let column = || self.names[column].clone();
            number(cell).map(|x| x as f32).ok_or_else(|| {
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
    ///
    /// # Errors
    /// An empty cell, or a class that only the test file has.
    pub fn classes(&self, column: usize) -> Result<(Vec<String>, Vec<usize>), DataError> {
        if let Some(empty) = self.cells(column).position(is_missing) {
            let name = &self.names[column];
            return Err(self.row_error(empty, format!("the target column \"{name}\" is empty")));
        }
        let (names, labels) = classes(self.cells(column));
        if let Some(split) = self.split() {
            self.check_trained(&names, &labels, split.test.into_iter())?;
        }
        Ok((names, labels))
    }

    /// Refuses a class that only the test rows have.
    pub fn check_trained(
        &self,
        names: &[String],
        labels: &[usize],
        test: impl Iterator<Item = usize>,
    ) -> Result<(), DataError> {
        let mut is_test = vec![false; labels.len()];
        test.for_each(|row| is_test[row] = true);
        let mut trained = vec![false; names.len()];
        for (&label, is_test) in labels.iter().zip(is_test) {
            trained[label] |= !is_test;
        }
        match labels.iter().position(|&label| !trained[label]) {
            None => Ok(()),
            Some(row) => {
                let name = &names[labels[row]];
                let problem = format!(
                    "the class {name:?} is not in the train part, so nothing is learned about it"
                );
                Err(self.row_error(row, problem))
            }
        }
    }
}

/// Reads a table, and the test file if there is one; a fraction for the test cannot be given with it.
pub(crate) fn read(
    path: &str,
    test_path: Option<&str>,
    split: &RandomSplit,
    form: Form,
    reader: &dyn Reader,
) -> Result<Table, DataError> {
    let table = Table::read(Path::new(path), form, reader)?;
    let Some(test_path) = test_path.map(Path::new) else { return Ok(table) };
    split.refuse(PartKind::Test, test_path)?;
    table.with_test(Table::read(test_path, form, reader)?)
}

/// The different values among some cells, in order, and which of them each cell is.
pub(crate) fn classes<'a>(
    cells: impl Iterator<Item = &'a str> + Clone,
) -> (Vec<String>, Vec<usize>) {
    let names = values(cells.clone());
    let index: HashMap<&str, usize> =
        names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let labels = cells.map(|cell| index[cell]).collect();
    (names, labels)
}

/// The different values among some cells, in the order of [`compare`]: numbers by size, and before words.
pub(crate) fn values<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut values: Vec<&str> = cells.collect();
    values.sort_unstable();
    values.dedup();
    values.sort_by(|a, b| compare(a, b));
    values.into_iter().map(str::to_string).collect()
}

/// The last ending of a file's name in small letters, without `.gz`.
fn ending(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or("", |(_, ending)| ending).to_string()
}

pub(crate) fn file_error(path: &Path, problem: String, help: Option<String>) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help }
}

/// Rows of columns with a separator between them.
fn rows(
    path: &Path,
    file: Unpacked<'_>,
    header: Option<bool>,
    separator: u8,
) -> Result<Table, DataError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(file);
    let mut rows = Vec::new();
    let mut cells = StringRecord::new();
    loop {
        match reader.read_record(&mut cells) {
            Ok(true) => {
                let line = cells.position().map_or(0, csv::Position::line);
                rows.push(Row::new(line, cells.clone()));
            }
            Ok(false) => break,
            Err(error) => {
                let text = error.to_string();
                return Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) => reader.get_ref().refused(error),
                    _ => file_error(path, text, None),
                });
            }
        }
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
        None => Ok(Table { path: path.to_path_buf(), test_path: None, names, rows, separator }),
        Some(row) => Err(DataError::Line {
            path: path.to_path_buf(),
            line: row.line,
            problem: match row.cells.len() {
                1 => format!("this row has one column, the first one {width}"),
                own => format!("this row has {own} columns, the first one {width}"),
            },
        }),
    }
}

/// One object per line; its keys name the columns. A key that is left out, or `null`, is a missing cell.
fn lines(path: &Path, mut file: Unpacked<'_>) -> Result<Table, DataError> {
    let refused = |line: usize, problem: String| DataError::Line {
        path: path.to_path_buf(),
        line: line as u64 + 1,
        problem,
    };
    let mut names: Vec<String> = Vec::new();
    let mut objects: Vec<(u64, Vec<String>)> = Vec::new();
    let mut line = Vec::new();
    for at in 0.. {
        line.clear();
        match file.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return Err(file.refused(error)),
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object: serde_json::Map<String, Value> = serde_json::from_slice(&line)
            .map_err(|error| refused(at, format!("this is not a JSON object: {error}")))?;
        let mut cells = vec![String::new(); names.len()];
        for (name, value) in object {
            let column = names.iter().position(|own| *own == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            let cell = json_cell(&value).ok_or_else(|| {
                refused(at, format!("\"{}\" is not a single value", names[column]))
            })?;
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
        Row::new(line, StringRecord::from(cells))
    };
    let rows = objects.into_iter().map(row).collect();
    Ok(Table { path: path.to_path_buf(), test_path: None, names, rows, separator: b',' })
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
