//! Rows of numbers and words in files.

use crate::table::{Form, Table, file_error, read, values};
use crate::task::Task;
use crate::{
    GroupingColumns, GroupingColumnsOptions, Load, RandomSplit, RandomSplitOptions, Reader,
};
use relume_catalog::{Choice, Spec, Type, Value, count_text};
use relume_datasets::raw::{Cell, CellError, Column, RawRow, is_missing, number};
use relume_datasets::{
    Cells, DataError, Dataset, Preparation, Raw, RawColumn, Rows, Split, Targets,
};
use relume_tensor::Tensor;
use std::sync::Arc;

/// A table from a CSV, TSV or JSON-lines file: one column is predicted from the others.
///
/// Commas stand between columns, tabs where the file ends in `.tsv`, unless `separator` says otherwise; a file that
/// ends in `.jsonl`, `.ndjson` or `.json` holds a JSON object in each line. Any of them may be packed by gzip. Inputs
/// are numbers; columns of words are named in `one_hot`, where each value becomes an input of its own, 1 or 0, or in
/// `index`, where it becomes a number from 1 on for `embedding` to look up, and 0 stands for whatever the train part
/// does not have. Cells that are empty, or `NA`, `nan`, `null`, `None` and the like, are refused with their line unless
/// `missing` says what becomes of them. The target is a class where it is text, or whole numbers of at most 20
/// different values, unless `task` says otherwise. The first row holds names if none of it is a number, unless `header`
/// says otherwise. All of it is found out by the train part and saved with the model, so that
/// `predict net on "5.1, 3.5, Lisbon"` takes a row as it stands in the file, without the target, or a JSON object.
/// Without a target, all rows are for `predict` alone: the network takes its own columns by name, and words as it
/// knows them.
///
/// ```relume
/// d = csv("flowers.csv", target="species")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, check = Self::consistent)]
pub struct Csv {
    /// The file.
    pub path: String,
    /// The column to predict: its name, or its index from 0. Without it, the rows are for `predict` alone.
    #[spec(type = COLUMN)]
    pub target: Option<Value>,
    /// Columns of words of which each value becomes an input.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub one_hot: Vec<Value>,
    /// Columns whose values become their index, from 1 on, for an embedding.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub index: Vec<Value>,
    /// Columns that are left out.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub ignore: Vec<Value>,
    /// What to do with empty cells: refuse them, leave their row out, or fill in the column's mean or median.
    #[spec(default = Missing::Refuse)]
    pub missing: Missing,
    /// Whether the first row is a header; found out by default.
    pub header: Option<bool>,
    /// The separator between columns, one character; by the file's ending by default.
    pub separator: Option<String>,
    /// What the target is; found out by default.
    pub task: Option<Task>,
    /// Standardise numbers to mean 0 and deviation 1, by the train part.
    #[spec(default = true)]
    pub standardize: bool,
    /// A second file of rows for the test, with the same columns in any order.
    pub test_path: Option<String>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
    /// The columns that keep rows together in the parts.
    #[spec(flatten = GroupingColumnsOptions)]
    pub by: GroupingColumns,
}

/// What to do with empty cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Missing {
    /// They are an error.
    Refuse,
    /// Their row is left out.
    Drop,
    /// The mean of their column in the train part.
    Mean,
    /// The median of their column in the train part.
    Median,
}

/// A column's name, or its index from 0.
pub(crate) const COLUMN: Type = Type::OneOf(&[Type::Text, Type::NATURAL]);

impl Csv {
    fn consistent(&self) -> Result<(), String> {
        match &self.separator {
            Some(text) if text.len() != 1 => {
                Err(format!("the separator must be one character, not {text:?}"))
            }
            _ => self.by.consistent(),
        }
    }
}

impl Load for Csv {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let separator = self.separator.as_ref().and_then(|text| text.bytes().next());
        let form = Form { header: self.header, separator };
        let mut table = read(&self.path, self.test_path.as_deref(), &self.split, form, reader)?;
        let target = self.target.as_ref().map(|target| table.column(target)).transpose()?;
        let columns = self.columns(&table, target)?;
        let all = table.rows.len();
        if self.missing == Missing::Drop {
            let used = || columns.iter().map(|(at, _)| *at).chain(target);
            table.rows.retain(|row| used().all(|at| !is_missing(&row.cells[at])));
            if let Some(path) = table.emptied() {
                let problem = "each row has an empty cell, so none is left".to_string();
                let help = Some("missing=\"mean\" fills cells in, ignore=[...] leaves columns out");
                return Err(file_error(path, problem, help.map(str::to_string)));
            }
        }
        let all_rows = || (0..table.rows.len()).collect();
        let grouping = self.by.grouping(&table)?;
        let (targets, split, learnt) = match target {
            Some(target) => {
                let targets = self.targets(&table, target)?;
                let split = table.parts(&self.split, &targets, &grouping)?;
                (targets, split.clone(), split)
            }
            // Nothing is trained on, but what the rows hold must be known to be kept.
            None => (
                Targets::none(table.rows.len())?,
                Split { test: all_rows(), ..Split::default() },
                Split::train_only(table.rows.len()),
            ),
        };
        let raw = self.fit(&table, &columns, &learnt)?;
        let rows = self.rows(&table, &columns)?;
        let preparation = self.preparation(&rows, &raw, &learnt);
        let notes = notes(&raw, all - table.rows.len());
        let preparation = preparation.of(Raw::Row(raw));
        let data = Dataset::from_rows(table.stem(), rows, targets, split, preparation)?;
        let data = if target.is_none() { data.with_beside(table.as_written())? } else { data };
        let data = data.with_grouping(grouping);
        Ok(if notes.is_empty() { data } else { data.with_note(notes.join(", ")) })
    }
}

/// What the cells of a column become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Number,
    OneHot,
    Index,
}

impl Csv {
    /// The columns that are inputs, and what each is to become.
    fn columns(
        &self,
        table: &Table,
        target: Option<usize>,
    ) -> Result<Vec<(usize, Role)>, DataError> {
        let mut roles = vec![Some(Role::Number); table.names.len()];
        let mut named = vec![None; table.names.len()];
        match target {
            Some(target) => {
                named[target] = Some("target");
                roles[target] = None;
            }
            // Which columns are words is not asked again: the network knows what becomes of them.
            None => {
                for (at, role) in roles.iter_mut().enumerate() {
                    if table.cells(at).any(|cell| !is_missing(cell) && number(cell).is_none()) {
                        *role = Some(Role::OneHot);
                    }
                }
            }
        }
        let lists = [
            ("one_hot", &self.one_hot, Some(Role::OneHot)),
            ("index", &self.index, Some(Role::Index)),
            ("ignore", &self.ignore, None),
        ];
        for (name, columns, role) in lists {
            for wanted in columns {
                let at = table.column(wanted)?;
                if let Some(before) = named[at].replace(name) {
                    return Err(DataError::Options(format!(
                        "the column \"{}\" is given in {before} and in {name}",
                        table.names[at]
                    )));
                }
                roles[at] = role;
            }
        }
        for (option, wanted) in self.by.named() {
            let at = table.column(&wanted)?;
            match named[at] {
                Some("target") => {
                    return Err(DataError::Options(format!(
                        "the column \"{}\" is given in target and in {option}",
                        table.names[at]
                    )));
                }
                // Named as an input as well, it is one.
                Some(_) => {}
                None => roles[at] = None,
            }
        }
        let columns: Vec<_> =
            roles.iter().enumerate().filter_map(|(at, role)| Some((at, (*role)?))).collect();
        match columns.is_empty() {
            true => {
                let problem = "there is no column beside the target".to_string();
                Err(file_error(&table.path, problem, None))
            }
            false => Ok(columns),
        }
    }

    /// The targets.
    fn targets(&self, table: &Table, target: usize) -> Result<Targets, DataError> {
        let count = table.rows.len();
        Ok(match self.task.unwrap_or_else(|| task(table, target)) {
            Task::Classes => {
                let (names, labels) = table.classes(target)?;
                Targets::Classes { names, labels }
            }
            Task::Numbers => {
                let values = Tensor::new([count, 1], table.numbers(target)?)?;
                let names = vec![table.names[target].clone()];
                Targets::Values { names, values }
            }
        })
    }

    /// What the cells become, learned from the rows that are trained on.
    fn fit(
        &self,
        table: &Table,
        columns: &[(usize, Role)],
        split: &Split,
    ) -> Result<RawRow, DataError> {
        let column = |&(at, role): &(usize, Role)| {
            let cells = || split.train.iter().map(move |&row| &table.rows[row].cells[at]);
            let words = || values(cells().filter(|cell| !is_missing(cell)));
            let cell = match role {
                Role::OneHot => Cell::OneHot(words()),
                Role::Index => Cell::Index(words()),
                Role::Number => Cell::Number { missing: self.filling(cells()) },
            };
            let name = table.names[at].clone();
            let is_empty = match &cell {
                Cell::OneHot(values) | Cell::Index(values) => values.is_empty(),
                Cell::Number { missing } => missing.is_some_and(f32::is_nan),
            };
            match is_empty {
                true => Err(file_error(
                    &table.path,
                    format!("column \"{name}\" is empty in all rows that are trained on"),
                    Some(format!("leave it out: ignore=[\"{name}\"]")),
                )),
                false => Ok(Column { name, cell }),
            }
        };
        let columns: Vec<Column> = columns.iter().map(column).collect::<Result<_, _>>()?;
        Ok(RawRow { columns, separator: table.separator.into() })
    }

    /// The columns as the table has them.
    fn rows(&self, table: &Table, columns: &[(usize, Role)]) -> Result<Rows, DataError> {
        let mut numbers: Vec<Vec<f64>> = columns.iter().map(|_| Vec::new()).collect();
        for row in 0..table.rows.len() {
            let cells = || columns.iter().map(|(column, _)| &table.rows[row].cells[*column]);
            let refused = |error: CellError| table.row_error(row, advice(&error));
            // Whether a network takes empty cells is not known without targets, and said when it predicts.
            if self.missing == Missing::Refuse
                && self.target.is_some()
                && let Some(empty) = cells().position(is_missing)
            {
                let column = table.names[columns[empty].0].clone();
                return Err(refused(CellError::Empty { column }));
            }
            for ((&(at, role), cell), numbers) in columns.iter().zip(cells()).zip(&mut numbers) {
                if role == Role::Number {
                    numbers.push(match is_missing(cell) {
                        true => f64::NAN,
                        false => number(cell).ok_or_else(|| {
                            let column = table.names[at].clone();
                            refused(CellError::NoNumber { column, cell: cell.to_string() })
                        })?,
                    });
                }
            }
        }
        let column = |(&(at, role), numbers): (&(usize, Role), Vec<f64>)| RawColumn {
            name: table.names[at].clone(),
            cells: match role {
                Role::Number => Cells::Numbers(Arc::new(numbers)),
                Role::OneHot | Role::Index => Cells::words(table.cells(at)),
            },
        };
        let columns = columns.iter().zip(numbers).map(column).collect();
        Rows::new(columns).ok_or_else(|| {
            file_error(&table.path, "there is no row after the header".to_string(), None)
        })
    }

    /// The value that fills in missing numbers among these cells; NaN if there is no number.
    fn filling<'a>(&self, cells: impl Iterator<Item = &'a str>) -> Option<f32> {
        // A cell that is not a number is refused with its line when it is read.
        let numbers = cells.filter_map(|cell| cell.parse::<f64>().ok().filter(|x| x.is_finite()));
        let mean = |numbers: &mut dyn Iterator<Item = f64>| {
            let (count, sum) = numbers.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
            (sum / count) as f32
        };
        match self.missing {
            // A network fills cells in by its own data. Until then, rows without targets are as they would be alone.
            Missing::Refuse if self.target.is_none() => {
                Some(mean(&mut { numbers })).map(|x| if x.is_nan() { 0.0 } else { x })
            }
            Missing::Refuse | Missing::Drop => None,
            Missing::Mean => Some(mean(&mut { numbers })),
            Missing::Median => {
                let mut numbers: Vec<f64> = numbers.collect();
                numbers.sort_unstable_by(f64::total_cmp);
                let half = numbers.len() / 2;
                Some(match (numbers.get(half), numbers.len() % 2) {
                    (None, _) => f32::NAN,
                    (Some(middle), 1) => *middle as f32,
                    (Some(upper), _) => (0.5 * (numbers[half - 1] + upper)) as f32,
                })
            }
        }
    }

    /// Numbers are standardised if wanted; words become indices or ones and stay so.
    fn preparation(&self, rows: &Rows, raw: &RawRow, split: &Split) -> Preparation {
        if !self.standardize {
            return Preparation::scaled(1.0);
        }
        let mut preparation = Preparation::unchanged(raw.width());
        let mut feature = 0;
        for (own, column) in rows.columns().iter().zip(&raw.columns) {
            if let (Cells::Numbers(numbers), Cell::Number { missing }) = (&own.cells, &column.cell)
            {
                let filled = f64::from(missing.unwrap_or(f32::NAN));
                let value =
                    |&row: &usize| if numbers[row].is_nan() { filled } else { numbers[row] };
                preparation.standardise(feature, split.train.iter().map(value));
            }
            feature += column.width();
        }
        preparation
    }
}

/// What is wrong with a cell, and which option helps.
fn advice(error: &CellError) -> String {
    match error {
        CellError::Empty { .. } => {
            format!(
                "{error}; missing=\"mean\" fills such cells in, missing=\"drop\" leaves their rows out"
            )
        }
        CellError::NoNumber { column, .. } => {
            format!(
                "{error}; one_hot=[\"{column}\"] takes words, ignore=[\"{column}\"] leaves it out"
            )
        }
    }
}

/// What a column is predicted as if the task is not given.
fn task(table: &Table, column: usize) -> Task {
    let cells = || table.cells(column);
    let is_word = |cell: &str| cell.parse::<f64>().is_err();
    let is_whole = |cell: &str| cell.parse::<i64>().is_ok();
    match cells().any(is_word) {
        true => Task::Classes,
        false if cells().all(is_whole) => Task::of_wholes(values(cells()).len()),
        false => Task::Numbers,
    }
}

/// Notes on a table: how far indices go, and how many rows are missing.
fn notes(raw: &RawRow, dropped: usize) -> Vec<String> {
    let indices = raw.columns.iter().filter_map(|column| match &column.cell {
        Cell::Index(values) => {
            Some(format!("{} from 0 to {}", column.name, count_text(values.len())))
        }
        _ => None,
    });
    let mut notes: Vec<String> = indices.collect();
    if dropped > 0 {
        notes.push(format!("{} rows with empty cells left out", count_text(dropped)));
    }
    notes
}
