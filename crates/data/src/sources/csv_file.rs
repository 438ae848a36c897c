//! Tables in CSV files.

use super::{SEED, Source, TEST};
use crate::{DataError, Dataset, Preparation, Split, Targets};
use relume_catalog::{Argument, Described, Entry, Kind, Type, Value, nearest};
use relume_tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A file of rows, one column of which is to be predicted from the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Csv {
    /// The file.
    pub path: String,
    /// The column to predict: its name, or its index from 0.
    pub target: Value,
    /// Whether the first row holds names; found out where it is not given.
    pub header: Option<bool>,
    /// What stands between columns.
    pub separator: String,
    /// Whether the target is a class or a number; found out where it is not given.
    pub task: Option<Task>,
    /// Whether inputs are brought to mean 0 and standard deviation 1 by the train part.
    pub standardize: bool,
    /// The fraction for the test.
    pub test: f64,
    /// The seed of the split.
    pub seed: u64,
}

/// What is to be predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// One of several classes.
    Classes,
    /// A number.
    Numbers,
}

/// Whole numbers of at most this many different values are classes unless the task says otherwise.
const MOST_CLASSES: usize = 20;

impl Described for Csv {
    const ENTRY: Entry = Entry {
        kind: Kind::Data,
        name: "csv",
        aliases: &[],
        summary: "a table from a file, one column of which is to be predicted from the others",
        details: "Inputs must be numbers. The target is a class where it is text, or whole numbers of at most 20 different values, unless `task` says otherwise. The first row holds names if none of it is a number, unless `header` says otherwise.",
        arguments: &[
            Argument::new("path", Type::Text, "the file"),
            Argument::new(
                "target",
                Type::OneOf(&[Type::Text, Type::NATURAL]),
                "the column to predict: its name, or its index from 0",
            ),
            Argument::new(
                "header",
                Type::Boolean,
                "whether the first row holds names; found out if not given",
            )
            .optional(),
            Argument::new("separator", Type::Text, "what stands between columns, one character")
                .or_text(","),
            Argument::new(
                "task",
                Type::Choice(&["classes", "numbers"]),
                "what the target is; found out if not given",
            )
            .optional(),
            Argument::new(
                "standardize",
                Type::Boolean,
                "bring inputs to mean 0 and deviation 1, by the train part",
            )
            .or_boolean(true),
            TEST,
            SEED,
        ],
        example: "d = csv(\"flowers.csv\", target=\"species\")",
    };

    fn validate(&self) -> Result<(), String> {
        match self.separator.len() {
            1 => Ok(()),
            _ => Err(format!("the separator must be one character, not {:?}", self.separator)),
        }
    }
}

/// A file's rows as text, with names for the columns.
struct Table {
    path: PathBuf,
    names: Vec<String>,
    /// The line of each row, and its cells.
    rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    fn read(spec: &Csv) -> Result<Self, DataError> {
        let path = PathBuf::from(&spec.path);
        let bytes = std::fs::read(&path)
            .map_err(|source| DataError::Read { path: path.clone(), source })?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(spec.separator.as_bytes().first().copied().unwrap_or(b','))
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| file_error(&path, error.to_string(), None))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record.iter().map(str::to_string).collect::<Vec<_>>()));
        }
        let Some((_, first)) = rows.first() else {
            return Err(file_error(&path, "the file is empty".to_string(), None));
        };
        let width = first.len();
        let named =
            spec.header.unwrap_or_else(|| first.iter().all(|cell| cell.parse::<f64>().is_err()));
        let names = match named {
            true => rows.remove(0).1,
            false => (0..width).map(|i| i.to_string()).collect(),
        };
        if rows.is_empty() {
            return Err(file_error(&path, "there is no row below the names".to_string(), None));
        }
        match rows.iter().find(|(_, cells)| cells.len() != width) {
            None => Ok(Table { path, names, rows }),
            Some((line, cells)) => Err(DataError::Line {
                path,
                line: *line,
                problem: format!("this row has {} columns, the first one {width}", cells.len()),
            }),
        }
    }

    fn column(&self, target: &Value) -> Result<usize, DataError> {
        let wanted = match target {
            Value::Number(n) => n.to_string(),
            other => other.as_str().unwrap_or_default().to_string(),
        };
        let by_name = self.names.iter().position(|name| *name == wanted);
        let by_index = || wanted.parse().ok().filter(|&i: &usize| i < self.names.len());
        by_name.or_else(by_index).ok_or_else(|| {
            let near = nearest(&wanted, self.names.iter().map(String::as_str));
            let help = match near {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => format!("the columns are {}", self.names.join(", ")),
            };
            file_error(&self.path, format!("there is no column \"{wanted}\""), Some(help))
        })
    }

    /// A column's cells as numbers.
    fn numbers(&self, column: usize) -> Result<Vec<f32>, DataError> {
        let cell = |(line, cells): &(u64, Vec<String>)| {
            let text = &cells[column];
            text.parse::<f32>().ok().filter(|x| x.is_finite()).ok_or_else(|| DataError::Line {
                path: self.path.clone(),
                line: *line,
                problem: match text.is_empty() {
                    true => format!(
                        "column \"{}\" is empty; fill it in, or remove the row",
                        self.names[column]
                    ),
                    false => format!(
                        "column \"{}\" holds \"{text}\", which is not a number",
                        self.names[column]
                    ),
                },
            })
        };
        self.rows.iter().map(cell).collect()
    }

    fn is_class(&self, column: usize) -> bool {
        let cells = || self.rows.iter().map(|(_, cells)| cells[column].as_str());
        if cells().any(|cell| cell.parse::<f64>().is_err()) {
            return true;
        }
        let mut values: Vec<&str> = cells().collect();
        values.sort_unstable();
        values.dedup();
        values.len() <= MOST_CLASSES && values.iter().all(|value| value.parse::<i64>().is_ok())
    }

    /// The classes of a column in order (numbers by size), and each row's.
    fn classes(&self, column: usize) -> Result<(Vec<String>, Vec<usize>), DataError> {
        let cells: Vec<&String> = self.rows.iter().map(|(_, cells)| &cells[column]).collect();
        if let Some(empty) = cells.iter().position(|cell| cell.is_empty()) {
            return Err(DataError::Line {
                path: self.path.clone(),
                line: self.rows[empty].0,
                problem: format!("the target column \"{}\" is empty", self.names[column]),
            });
        }
        let mut names: Vec<String> = cells.iter().map(|cell| (*cell).clone()).collect();
        names.sort_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => a.cmp(b),
        });
        names.dedup();
        let label = |cell: &&String| names.iter().position(|name| name == *cell).unwrap_or(0);
        let labels = cells.iter().map(label).collect();
        Ok((names, labels))
    }
}

fn file_error(path: &Path, problem: String, help: Option<String>) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help }
}

impl Source for Csv {
    fn load(&self) -> Result<Dataset, DataError> {
        let table = Table::read(self)?;
        let target = table.column(&self.target)?;
        let features: Vec<usize> = (0..table.names.len()).filter(|&i| i != target).collect();
        if features.is_empty() {
            let problem = "there is no column beside the target".to_string();
            return Err(file_error(&table.path, problem, None));
        }
        let columns: Vec<Vec<f32>> =
            features.iter().map(|&i| table.numbers(i)).collect::<Result<_, _>>()?;
        let count = table.rows.len();
        let inputs = Tensor::from_fn([count, features.len()], |i| {
            columns[i % features.len()][i / features.len()]
        });
        let task =
            self.task.unwrap_or(if table.is_class(target) { Task::Classes } else { Task::Numbers });
        let (targets, split) = match task {
            Task::Classes => {
                let (names, labels) = table.classes(target)?;
                let split = Split::stratified(&labels, names.len(), self.test, self.seed);
                (Targets::Classes { names, labels }, split)
            }
            Task::Numbers => {
                let values = Tensor::new([count, 1], table.numbers(target)?)?;
                let names = vec![table.names[target].clone()];
                (Targets::Values { names, values }, Split::random(count, self.test, self.seed))
            }
        };
        let stem =
            table.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into());
        let preparation =
            self.standardize.then(|| Preparation::standardising(&inputs, &split.train));
        let names = features.iter().map(|&i| table.names[i].clone()).collect();
        let data = Dataset::new(stem, inputs, targets, split)?.with_features(names);
        Ok(match preparation {
            Some(preparation) => data.prepared(preparation),
            None => data,
        })
    }
}
