//! Rows of numbers and words in files.

mod advice;
mod convert;
mod empty;
mod options;
pub(crate) mod target;
mod windows;

pub use options::{CellOptions, CellOptionsOptions, FileOptions, FileOptionsOptions};
pub use windows::{WindowOptions, WindowOptionsOptions};

use crate::table::{Form, Selection, Table, file_error, read};
use crate::task::Task;
use crate::{
    GroupingColumns, GroupingColumnsOptions, Load, RandomSplit, RandomSplitOptions, Reader,
};
use convert::{Role, Wanted};
use empty::EmptyCells;
use relume_catalog::{Choice, Described, Spec, Type, Value, count_text, counted};
use relume_datasets::raw::{Cell, CellForm, DateForm, RawRow};
use relume_datasets::{
    DataError, Dataset, Grouping, Preparation, Raw, Refit, Rows, Split, Targets,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windows::Series;

/// A table from a CSV, TSV or JSON file: one column is predicted from the others.
///
/// Commas, tabs, semicolons, bars or blanks stand between columns: what gives each row as many cells is taken, unless
/// `separator` says otherwise; tabs where the file ends in `.tsv`. A file that ends in `.jsonl`, `.ndjson` or `.json`
/// holds JSON objects, one after another or in an array; objects within them give columns such as `size.width`. Any of
/// them may be packed by gzip or zstd, or alone in a zip archive. `"part-*.csv"` reads all files of this pattern, which
/// have the same columns, and `"-"` reads standard input. Spreadsheets (`.xlsx`, `.xls`, `.ods`) and Parquet files are
/// read by a program that was built with the features `excel` and `parquet`. Inputs are numbers, `true` and `false` (1
/// and 0), and the dates that `dates` or `date_parts` name; columns of words are named in `one_hot`, where each value
/// becomes an input of its own, 1 or 0, or in `index`, where it becomes a number from 1 on for `embedding` to look up,
/// and 0 stands for whatever the train part does not have. Cells that are empty, or `NA`, `nan`, `null`, `None` and the
/// like, are refused with their line unless `missing` says what becomes of them. The target is a class where it is
/// text, or whole numbers of at most 20 different values (of two, if they are written as 0.0 and 1.0), unless `task`
/// says otherwise; a word among numbers is refused. The first row holds names if none of it is a number, or if an
/// option calls a column so, unless `header` says otherwise. All of it is found out by the train part and saved with
/// the model, so that `predict net on "5.1, 3.5, Lisbon"` takes a row as it stands in the file, without the target, or
/// a JSON object. Without a target, all rows are for `predict` alone: the network takes its own columns by name, and
/// words as it knows them.
///
/// With `window`, each sample is so many rows that follow one another, in the order of `split_time` or of the file,
/// `[window, columns]`, and what is predicted is the target of a later row (`horizon`): past values of a target of
/// numbers are inputs too, unless `columns` leaves it out. The last windows are the test part; they may look back into
/// rows that are trained on, but what they predict is never trained on. `series` keeps several series apart, and so
/// does `split_by` its groups.
///
/// ```relume
/// d = csv("flowers.csv", target="species")
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(data, check = Self::consistent)]
pub struct Csv {
    /// The file, a pattern of files such as "part-*.csv", or "-" for standard input.
    pub path: String,
    /// The column to predict: its name, or its index from 0; a list for several numbers, or labels of 0 and 1. Without
    /// it, the rows are for `predict` alone.
    #[spec(type = TARGET)]
    pub target: Option<Value>,
    /// The column of the rows' weights, 0 or more: what a row counts in the loss of training and evaluation.
    #[spec(type = COLUMN)]
    pub weight: Option<Value>,
    /// The columns that are read, beside those that other options name; all by default.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub columns: Vec<Value>,
    /// Columns of words of which each value becomes an input.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub one_hot: Vec<Value>,
    /// Columns whose values become their index, from 1 on, for an embedding.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub index: Vec<Value>,
    /// Columns of dates, each of which becomes one number: the seconds since 1970.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub dates: Vec<Value>,
    /// Columns of dates, each of which becomes year, month, day, weekday (0 for Monday), hour, minute and second.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub date_parts: Vec<Value>,
    /// How dates are written, as in "%d/%m/%Y %H:%M"; as 2026-11-30 or 2026-11-30T14:30:00Z by default.
    pub date_format: Option<String>,
    /// Windows over time series.
    #[spec(flatten = WindowOptionsOptions)]
    pub windows: WindowOptions,
    /// Columns that are left out before anything else is looked at.
    #[spec(default = [], type = Type::List(&COLUMN))]
    pub ignore: Vec<Value>,
    /// What to do with empty cells: refuse them, leave their row or their windows out, or fill in the column's mean or
    /// median. An empty target is not filled in: it is refused, or windows that predict it are left out.
    #[spec(default = Missing::Refuse)]
    pub missing: Missing,
    /// How the file is written.
    #[spec(flatten = FileOptionsOptions)]
    pub file: FileOptions,
    /// How cells are written.
    #[spec(flatten = CellOptionsOptions)]
    pub cells: CellOptions,
    /// What the target is; found out by default.
    pub task: Option<Task>,
    /// Standardise numbers to mean 0 and deviation 1, by the train part.
    #[spec(default = true)]
    pub standardize: bool,
    /// Scale numbers to predict to mean 0 and deviation 1 for the loss, by the train part; metrics and predictions are
    /// in their own units.
    #[spec(default = false)]
    pub scale_target: bool,
    /// A second file of rows for the test, with the same columns in any order.
    pub test_path: Option<String>,
    /// How samples are drawn for the validation and the test part.
    #[spec(flatten = RandomSplitOptions)]
    pub split: RandomSplit,
    /// The columns that keep rows together in the parts.
    #[spec(flatten = GroupingColumnsOptions)]
    pub by: GroupingColumns,
}

/// How the preparation of a table's rows is learned.
struct Learning {
    source: Csv,
    path: PathBuf,
    wanted: Vec<Wanted>,
    form: CellForm,
    separator: char,
    series: Option<Series>,
}

impl Learning {
    /// What rows become, and how their numbers are scaled, by the rows of the train part.
    fn learn(&self, rows: &Rows, split: &Split) -> Result<(RawRow, Preparation), DataError> {
        let columns = self.source.fit(&self.path, &self.wanted, rows, split, &self.form)?;
        let (separator, window) = (self.separator, self.source.windows.window);
        let raw = RawRow { columns, separator, form: self.form.clone(), window };
        let preparation = self.source.preparation(rows, &raw, split);
        Ok((raw, preparation))
    }

    /// The same by other samples, of the data set that has the rows.
    fn refit(self) -> Refit {
        Refit::By(Arc::new(move |data: &Dataset, train: &[usize]| {
            let rows = data.rows().ok_or(DataError::Lost)?;
            let split = Split { train: train.to_vec(), ..Split::default() };
            let split = self.series.as_ref().map_or(split.clone(), |series| series.rows_of(&split));
            let (raw, preparation) = self.learn(rows, &split)?;
            Ok(preparation.of(Raw::Row(raw)))
        }))
    }
}

/// What is known of the samples of a table beside their inputs.
struct Known {
    targets: Targets,
    /// Numbers to predict with all their digits.
    exact: Option<Vec<f64>>,
    grouping: Grouping,
    split: Split,
    /// The rows by which the preparation is learned, as its train part.
    learnt: Split,
    notes: Vec<String>,
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
/// A column, or several.
const TARGET: Type = Type::OneOf(&[Type::Text, Type::NATURAL, Type::List(&COLUMN)]);

impl Csv {
    fn consistent(&self) -> Result<(), String> {
        self.file.consistent()?;
        self.cells.consistent()?;
        self.by.consistent()?;
        self.windows.consistent()?;
        self.date_form().check()?;
        if self.target.as_ref().is_some_and(|_| self.targets().is_empty()) {
            return Err("target names no column: leave it out where nothing is known to predict"
                .to_string());
        }
        if self.task == Some(Task::Classes) && self.targets().len() > 1 {
            return Err(
                "task=\"classes\" is for one target: several are numbers, or labels of 0 and 1"
                    .to_string(),
            );
        }
        match &self.date_format {
            Some(_) if self.dates.is_empty() && self.date_parts.is_empty() => {
                Err("date_format is for the columns that dates or date_parts name".to_string())
            }
            _ => Ok(()),
        }
    }

    fn date_form(&self) -> DateForm {
        DateForm { pattern: self.date_format.clone() }
    }

    /// The columns to predict.
    fn targets(&self) -> &[Value] {
        match &self.target {
            Some(Value::Array(columns)) => columns,
            target => target.as_slice(),
        }
    }

    /// The columns that options name, with the option.
    fn named(&self) -> Vec<(&'static str, &Value)> {
        let lists = [
            ("one_hot", &self.one_hot),
            ("index", &self.index),
            ("dates", &self.dates),
            ("date_parts", &self.date_parts),
        ];
        let of_lists = lists
            .into_iter()
            .flat_map(|(option, columns)| columns.iter().map(move |column| (option, column)));
        let targets = self.targets().iter().map(|column| ("target", column));
        let weight = self.weight.iter().map(|column| ("weight", column));
        targets.chain(weight).chain(of_lists).collect()
    }

    /// The data set of bytes, read as those of a file with this path, which need not exist. There is no test file.
    ///
    /// # Errors
    /// Those of [`crate::Source::load`].
    pub fn load_bytes(&self, bytes: &[u8]) -> Result<Dataset, DataError> {
        self.check()?;
        let table = self.reading(|form, selection| {
            Table::of_bytes(Path::new(&self.path), bytes, form, selection)
        })?;
        self.dataset(table)
    }

    /// The columns that keep rows together or in order, with their options; they are no inputs unless they are named as
    /// such.
    fn apart(&self) -> Vec<(&'static str, Value)> {
        self.by.named().chain(self.windows.named()).collect()
    }

    /// The table that a function reads with the form and the columns that the options name.
    fn reading(
        &self,
        read: impl FnOnce(&Form<'_>, &Selection<'_>) -> Result<Table, DataError>,
    ) -> Result<Table, DataError> {
        let by = self.apart();
        let mut named = self.named();
        let all = named.iter().map(|(_, column)| *column).chain(&self.columns).chain(&self.ignore);
        let called = all.chain(by.iter().map(|(_, column)| column)).filter_map(Value::as_str);
        let form = Form { named: called.collect(), ..self.file.form() };
        // What keeps rows together is no input, so it may be given in ignore as well.
        let is_input = |column: &&Value| by.iter().all(|(_, own)| own != *column);
        let ignore: Vec<&Value> = self.ignore.iter().filter(is_input).collect();
        named.extend(by.iter().map(|(option, column)| (*option, column)));
        // Rows for predict alone are kept as they are written.
        let cells = self.cells.form();
        let numbers = self.target.is_some().then_some(&cells);
        let selection =
            Selection::Named { columns: &self.columns, named: &named, ignore: &ignore, numbers };
        read(&form, &selection)
    }
}

impl Load for Csv {
    fn load_checked(&self, reader: &dyn Reader) -> Result<Dataset, DataError> {
        let (path, test_path) = (&self.path, self.test_path.as_deref());
        let table = self
            .reading(|form, columns| read(path, test_path, &self.split, form, columns, reader))?;
        self.dataset(table)
    }
}

impl Csv {
    /// The data set of a table's rows.
    fn dataset(&self, table: Table) -> Result<Dataset, DataError> {
        let form = self.cells.form();
        let target: Vec<usize> =
            self.targets().iter().map(|target| table.column(target)).collect::<Result<_, _>>()?;
        let weight = self.weight.as_ref().map(|weight| table.column(weight)).transpose()?;
        let columns = self.inputs(&table, &form)?;
        let empty = EmptyCells::of(self, &table, &columns, (&target, weight), &form);
        let all = table.len();
        let mut table = match self.windows.window {
            Some(_) => table,
            None => empty.taken_from(table)?,
        };
        let series = self.windows.over(&table, &self.by, &target, &empty)?;
        let Known { targets, exact, grouping, split, learnt, mut notes } =
            self.known(&table, &target, series.as_ref(), &form)?;
        let rows = self.rows(&mut table, &columns, &form, &empty)?;
        let learning = Learning {
            source: self.clone(),
            path: table.path.clone(),
            wanted: columns,
            form: form.clone(),
            separator: table.separator,
            series: series.clone(),
        };
        let (raw, preparation) = learning.learn(&rows, &learnt)?;
        notes.splice(0..0, index_notes(&raw));
        let of_windows = |count: fn(&Series) -> usize| series.as_ref().map_or(0, count);
        let divided = split.train.len() + split.validation.len() + split.test.len();
        let between = of_windows(|series| series.windows.len()).saturating_sub(divided);
        let with_empty = format!("with {}", empty.what());
        let without_end = if target.is_empty() { of_windows(Series::rows_without_end) } else { 0 };
        let left_out = [
            ("row", all - table.len(), with_empty.as_str()),
            ("window", of_windows(|series| series.left_out), with_empty.as_str()),
            ("window", between, "over the border of two parts"),
        ];
        let named = |(what, count, why): (&str, usize, &str)| {
            (count > 0).then(|| format!("{} {why}", counted(count, what)))
        };
        let mut left_out: Vec<String> = left_out.into_iter().filter_map(named).collect();
        notes.extend(left_out.iter().map(|own| format!("{own} left out")));
        // Each prediction is that of a window: it is for the window's last row.
        left_out.extend(named(("row", without_end, "at which no window ends")));
        let rows = match &series {
            Some(series) => rows.with_windows(series.windows.clone()).ok_or(DataError::Lost)?,
            None => rows,
        };
        let preparation = preparation.of(Raw::Row(raw));
        let data = Dataset::from_rows(table.stem(), rows, targets, split, preparation)?;
        let data = data.with_grouping(grouping).with_refit(learning.refit());
        let data = data.with_left_out(left_out);
        let data = self.scaled(data, exact)?;
        let mut data = self.beside(data, &table, series.as_ref())?;
        if let Some(weight) = weight.filter(|_| !target.is_empty()) {
            let weights = target::weights(&table, weight, &form)?;
            let of_windows = series.as_ref().map(|series| series.of_targets(&weights));
            data = data.with_weights(of_windows.unwrap_or(weights))?;
            notes.push(format!("weighted by {}", table.names[weight]));
        }
        Ok(if notes.is_empty() { data } else { data.with_note(notes.join(", ")) })
    }

    /// What is predicted, and the parts.
    fn known(
        &self,
        table: &Table,
        target: &[usize],
        series: Option<&Series>,
        form: &CellForm,
    ) -> Result<Known, DataError> {
        let count = series.map_or(table.len(), |series| series.windows.len());
        let grouping = match series {
            Some(series) => series.grouping(),
            None => self.by.grouping(table)?,
        };
        if target.is_empty() {
            // Nothing is trained on, but what the rows hold must be known to be kept.
            let split = Split { test: (0..count).collect(), ..Split::default() };
            let (targets, learnt) = (Targets::none(count)?, Split::train_only(table.len()));
            return Ok(Known { targets, exact: None, grouping, split, learnt, notes: Vec::new() });
        }
        let of_rows = |table: &Table| target::read(table, target, self.task, form);
        let Some(series) = series else {
            let read = of_rows(table)?;
            let notes = read.note.into_iter().collect();
            let (targets, exact) = (read.targets, read.exact);
            let split = table.parts(&self.split, &targets, &grouping)?;
            let learnt = split.clone();
            return Ok(Known { targets, exact, grouping, split, learnt, notes });
        };
        let read = match &series.predicted {
            Some((predicted, _)) => of_rows(predicted)?,
            None => of_rows(table)?,
        };
        let notes = read.note.into_iter().collect();
        let (targets, exact) = series.targets(&read.targets, read.exact.as_deref())?;
        let split = series.split(table, &self.split, &targets, &grouping)?;
        let learnt = series.rows_of(&split);
        Ok(Known { targets, exact, grouping, split, learnt, notes })
    }

    /// The data set with all digits of its numbers to predict, scaled if they are to be.
    fn scaled(&self, mut data: Dataset, exact: Option<Vec<f64>>) -> Result<Dataset, DataError> {
        if let Some(exact) = exact {
            data = data.with_exact_targets(exact)?;
        }
        if self.scale_target {
            data = data.with_scaled_targets()?;
        }
        data.check_target_digits()?;
        Ok(data)
    }

    /// The data set with what stands beside its predictions: all columns as they are written if nothing is known to
    /// predict, and the series and the time of a window's last row.
    fn beside(
        &self,
        data: Dataset,
        table: &Table,
        series: Option<&Series>,
    ) -> Result<Dataset, DataError> {
        let Some(series) = series else {
            return match self.target {
                None => data.with_beside(table.as_written()),
                Some(_) => Ok(data),
            };
        };
        let named = [&self.windows.series, &self.by.split_time, &self.by.split_by];
        let named = named.into_iter().flatten().map(|name| table.column(&Value::from(&name[..])));
        let mut columns: Vec<usize> = match self.target {
            None => (0..table.names.len()).collect(),
            Some(_) => named.collect::<Result<_, _>>()?,
        };
        columns.dedup();
        match columns.is_empty() {
            true => Ok(data),
            false => data.with_beside(series.last_rows(table, &columns)),
        }
    }

    /// The columns that are inputs, and what each is to become.
    fn inputs(&self, table: &Table, form: &CellForm) -> Result<Vec<Wanted>, DataError> {
        let mut roles = vec![Some(Role::Number); table.names.len()];
        // Which columns are words is not asked again: the network knows what becomes of them.
        if self.target.is_none() {
            let is_word = |at: &usize| !are_numbers(table, *at, form);
            (0..roles.len()).filter(is_word).for_each(|at| roles[at] = Some(Role::OneHot));
        }
        let mut named = vec![None; table.names.len()];
        for (option, wanted) in self.named() {
            let at = table.column(wanted)?;
            if let Some(before) = named[at].replace(option) {
                return Err(DataError::Options(format!(
                    "the column \"{}\" is given in {before} and in {option}",
                    table.names[at]
                )));
            }
            roles[at] = Role::of(option);
            if option == "target" && self.has_past(table, at)? && are_numbers(table, at, form) {
                roles[at] = Some(Role::Number);
            }
        }
        for (option, wanted) in self.apart() {
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
        let wanted = |(at, role): (usize, Option<Role>)| {
            role.map(|role| Wanted { at, role, name: table.names[at].clone() })
        };
        let columns: Vec<Wanted> = roles.into_iter().enumerate().filter_map(wanted).collect();
        match columns.is_empty() {
            true => {
                let problem = "there is no column beside the target".to_string();
                Err(file_error(&table.path, problem, None))
            }
            false => Ok(columns),
        }
    }

    /// Whether past values of the target in a column are inputs.
    fn has_past(&self, table: &Table, target: usize) -> Result<bool, DataError> {
        let read = self.columns.iter().map(|column| table.column(column));
        let read: Vec<usize> = read.collect::<Result<_, _>>()?;
        let is_read = read.is_empty() || read.contains(&target);
        Ok(self.windows.knows_past_targets() && is_read)
    }
}

/// Whether all cells of a column are numbers, truth values, or empty.
fn are_numbers(table: &Table, at: usize, form: &CellForm) -> bool {
    let is_number = |cell| form.is_missing(cell) || form.number_or_truth(cell).is_some();
    table.cells(at).all(is_number)
}

/// Notes on how far indices go.
fn index_notes(raw: &RawRow) -> Vec<String> {
    let indices = raw.columns.iter().filter_map(|column| match &column.cell {
        Cell::Index(values) => {
            Some(format!("{} from 0 to {}", column.name, count_text(values.len())))
        }
        _ => None,
    });
    indices.collect()
}
