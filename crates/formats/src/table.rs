//! Tables of text: CSV, TSV and JSON files, packed or not.

mod binary;
mod block;
#[cfg(any(feature = "excel", feature = "parquet"))]
mod columns;
mod delimited;
mod file;
pub(crate) mod json;
mod numbers;
#[cfg(feature = "parquet")]
mod parquet;
mod plain_number;
mod plan;
mod quotes;
mod rows;
mod selection;
#[cfg(feature = "excel")]
mod sheet;
mod sniff;
mod texts;

pub(crate) use delimited::{Mistake, Scanner, Separator, Syntax};

use crate::files::packed::{self, Unpacked};
use crate::files::{glob, names};
use crate::text::Encoding;
use crate::{RandomSplit, Reader};
use block::Block;
use file::FileRows;
use numbers::places;
use relume_catalog::Value;
use relume_datasets::raw::{CellForm, compare};
use relume_datasets::{Cells as Written, DataError, Grouping, PartKind, RawColumn, Split, Targets};
use selection::find;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

pub(crate) use block::Block as Cells;
pub(crate) use numbers::{NumberColumn, Place};
pub(crate) use selection::Selection;

/// How a file is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form<'a> {
    /// Whether the first row is a header; found out if not given.
    pub header: Option<bool>,
    /// The separator between columns; found out if not given.
    pub separator: Option<Separator>,
    /// The byte from which on a line is a comment.
    pub comment: Option<u8>,
    /// How many lines stand before the table.
    pub skip: usize,
    /// The encoding; UTF-8, or what a mark at the start says, if not given.
    pub encoding: Option<Encoding>,
    /// The sheet of a spreadsheet; the first if not given.
    pub sheet: Option<&'a str>,
    /// Names by which options call columns.
    pub named: Vec<&'a str>,
}

impl Form<'_> {
    /// Whether something is given that only rows with a separator have.
    fn is_of_delimited(&self) -> bool {
        (self.header, self.separator, self.comment, self.skip) != (None, None, None, 0)
    }
}

/// A file of a table.
#[derive(Clone, Debug)]
struct Origin {
    path: PathBuf,
    /// Whether its rows are for the test.
    is_test: bool,
}

/// Rows as text, with names for the columns; the rows of a test file follow if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The first file.
    pub path: PathBuf,
    pub names: Vec<String>,
    /// The index of each column in the file.
    positions: Vec<usize>,
    /// Whether each column is read as numbers.
    are_numbers: Vec<bool>,
    /// Where each column is.
    places: Vec<Place>,
    files: Vec<Origin>,
    /// Rows of the columns of text, with the index of the file that they are from.
    blocks: Vec<(usize, Block)>,
    /// The columns that are read as numbers.
    numbers: Vec<NumberColumn>,
    /// The row with which each block begins.
    starts: Vec<usize>,
    /// The separator between a row's cells; a comma if rows are objects.
    pub separator: char,
}

impl Table {
    /// Reads a file, or all files of a pattern, which have the same columns.
    pub fn read(path: &Path, form: &Form<'_>, reader: &dyn Reader) -> Result<Self, DataError> {
        Self::read_columns(path, form, &Selection::All, reader)
    }

    fn read_columns(
        path: &Path,
        form: &Form<'_>,
        selection: &Selection<'_>,
        reader: &dyn Reader,
    ) -> Result<Self, DataError> {
        let paths = match path.to_str() {
            Some(path) if path != packed::STANDARD_INPUT => glob::files(path)?,
            _ => vec![path.to_path_buf()],
        };
        let (first, others) = paths.split_first().ok_or(DataError::Lost)?;
        let mut table = Self::of(first, FileRows::read(first, form, selection, reader)?);
        let alone = match selection {
            Selection::Named { columns: [], ignore, .. } => Some(*ignore),
            Selection::All => Some(&[][..]),
            _ => None,
        };
        for path in others {
            table.read_further(path, false, form, selection.form(), alone, reader)?;
        }
        Ok(table)
    }

    /// Adds the rows of a file with the same columns.
    fn read_further(
        &mut self,
        path: &Path,
        is_test: bool,
        form: &Form<'_>,
        numbers: Option<&CellForm>,
        alone: Option<&[&Value]>,
        reader: &dyn Reader,
    ) -> Result<(), DataError> {
        let same = Selection::Names {
            names: &self.names,
            of: &self.path,
            alone,
            numbers: numbers.map(|form| (form, &self.are_numbers[..])),
        };
        let rows = FileRows::read(path, form, &same, reader)?;
        self.add(path, is_test, rows.blocks);
        for (own, further) in self.numbers.iter_mut().zip(rows.numbers) {
            own.extend(further).map_err(|_| no_memory(&self.path))?;
        }
        Ok(())
    }

    /// Reads bytes as a file of this name, packed or not.
    pub fn of_bytes(
        path: &Path,
        bytes: &[u8],
        form: &Form<'_>,
        selection: &Selection<'_>,
    ) -> Result<Self, DataError> {
        let file = Unpacked::of_stream(path, Box::new(bytes))?;
        Ok(Self::of(path, FileRows::of(file, form, selection)?))
    }

    fn of(path: &Path, rows: FileRows) -> Self {
        let FileRows { names, positions, are_numbers, blocks, numbers, separator } = rows;
        let mut table = Table {
            path: path.to_path_buf(),
            names,
            positions,
            places: places(&are_numbers),
            are_numbers,
            files: Vec::new(),
            blocks: Vec::new(),
            numbers,
            starts: Vec::new(),
            separator,
        };
        table.add(path, false, blocks);
        table
    }

    fn add(&mut self, path: &Path, is_test: bool, blocks: Vec<Block>) {
        let file = self.files.len();
        self.files.push(Origin { path: path.to_path_buf(), is_test });
        self.blocks.extend(blocks.into_iter().map(|block| (file, block)));
        self.count();
    }

    fn count(&mut self) {
        let mut rows = 0;
        self.starts.clear();
        for (_, block) in &self.blocks {
            self.starts.push(rows);
            rows += block.len();
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|(_, block)| block.len()).sum()
    }

    /// The blocks of rows of text, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().map(|(_, block)| block)
    }

    /// Where a column is; its cells are read as text only if it is among those of text.
    pub fn place_of(&self, column: usize) -> Place {
        self.places[column]
    }

    /// A column that is read as numbers; `None` for one of text.
    pub fn numbers(&self, column: usize) -> Option<&NumberColumn> {
        match self.places[column] {
            Place::Number(at) => Some(&self.numbers[at]),
            Place::Text(_) => None,
        }
    }

    /// The numbers of such a column, taken away.
    pub fn take_numbers(&mut self, column: usize) -> Option<NumberColumn> {
        match self.places[column] {
            Place::Number(at) => Some(std::mem::take(&mut self.numbers[at])),
            Place::Text(_) => None,
        }
    }

    /// The index of a column among those of text; of none for one that is read as numbers.
    fn text(&self, column: usize) -> usize {
        match self.places[column] {
            Place::Text(at) => at,
            Place::Number(_) => {
                debug_assert!(false, "column {column} has no text");
                usize::MAX
            }
        }
    }

    /// The block of a row, and the row's index in it.
    fn place(&self, row: usize) -> (&(usize, Block), usize) {
        let at = self.starts.partition_point(|&start| start <= row) - 1;
        (&self.blocks[at], row - self.starts[at])
    }

    /// The rows of a table of text that are wanted, by their block and their index in it.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn retained(
        mut self,
        is_wanted: impl Fn(&Block, usize) -> bool,
    ) -> Result<Self, DataError> {
        debug_assert!(self.numbers.is_empty(), "all columns are text");
        for (_, block) in &mut self.blocks {
            let columns: Vec<usize> = (0..block.width()).collect();
            let is_own = |row: usize| is_wanted(block, row);
            if !(0..block.len()).all(is_own) {
                *block = block.picked(&columns, is_own).map_err(|_| no_memory(&self.path))?;
            }
        }
        self.blocks.retain(|(_, block)| block.len() > 0);
        self.count();
        Ok(self)
    }

    /// The rows for which it is said.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn kept(mut self, is_wanted: &[bool]) -> Result<Self, DataError> {
        let is_kept = |row: usize| is_wanted.get(row) == Some(&true);
        for column in &mut self.numbers {
            column.retain(is_kept).map_err(|_| no_memory(&self.path))?;
        }
        for ((_, block), start) in self.blocks.iter_mut().zip(&self.starts) {
            let columns: Vec<usize> = (0..block.width()).collect();
            let is_own = |row: usize| is_kept(start + row);
            *block = block.picked(&columns, is_own).map_err(|_| no_memory(&self.path))?;
        }
        self.blocks.retain(|(_, block)| block.len() > 0);
        self.count();
        Ok(self)
    }

    /// Whether a row is from the test file.
    fn is_test(&self, row: usize) -> bool {
        self.files[self.place(row).0.0].is_test
    }

    /// The parts as the files have them, if there is a test file.
    pub fn split(&self) -> Option<Split> {
        self.files.iter().find(|file| file.is_test)?;
        let part = |row| match self.is_test(row) {
            true => PartKind::Test,
            false => PartKind::Train,
        };
        Some(Split::of_parts((0..self.len()).map(part)))
    }

    /// The parts: those of two files, or drawn.
    ///
    /// # Errors
    /// A test file whose rows are in the same groups as those of the train part.
    pub fn parts(
        &self,
        split: &RandomSplit,
        targets: &Targets,
        grouping: &Grouping,
    ) -> Result<Split, DataError> {
        let Some(own) = self.split() else { return Ok(split.draw_by(targets, grouping)) };
        self.check_groups(&own, grouping)?;
        Ok(split.complete_by(own, targets, grouping))
    }

    /// Refuses rows of the test file that are in the same group as those of the train part.
    pub fn check_groups(&self, files: &Split, grouping: &Grouping) -> Result<(), DataError> {
        let Grouping::Groups(groups) = grouping else { return Ok(()) };
        let trained: HashSet<usize> = files.train.iter().map(|&row| groups[row]).collect();
        match files.test.iter().find(|&&row| trained.contains(&groups[row])) {
            Some(&row) => {
                Err(self.row_error(row, "its group is also in the train part".to_string()))
            }
            None => Ok(()),
        }
    }

    /// The first file of a part that has no rows left.
    pub fn emptied(&self) -> Option<&Path> {
        [false, true].into_iter().find_map(|is_test| {
            let mut own = self.files.iter().filter(|file| file.is_test == is_test);
            let has_rows = self.blocks.iter().any(|(file, _)| self.files[*file].is_test == is_test);
            own.next().filter(|_| !has_rows).map(|file| file.path.as_path())
        })
    }

    /// The file's name without its endings.
    pub fn stem(&self) -> String {
        match self.path.as_os_str() == packed::STANDARD_INPUT {
            true => "stdin".to_string(),
            false => names::stem(&self.path),
        }
    }

    /// A column by its name, or by its index from 0 in the file.
    pub fn column(&self, wanted: &Value) -> Result<usize, DataError> {
        find(&self.names, &self.positions, wanted)
            .map_err(|error| error.of(&self.path, &self.names))
    }

    /// All columns with their cells as they are written in the file.
    pub fn as_written(&self) -> Vec<RawColumn> {
        let column = |(at, name): (usize, &String)| RawColumn {
            name: name.clone(),
            cells: Written::words(self.cells(at)),
        };
        self.names.iter().enumerate().map(column).collect()
    }

    /// The cells of a column of text, from the first row to the last.
    pub fn cells(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        let column = self.text(column);
        self.blocks.iter().flat_map(move |(_, block)| block.column(column))
    }

    /// The lines where the rows begin.
    pub fn lines(&self) -> impl Iterator<Item = u64> {
        self.blocks.iter().flat_map(|(_, block)| (0..block.len()).map(|row| block.line(row)))
    }

    /// A cell of a column of text.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let ((_, block), row) = self.place(row);
        block.cell(row, self.text(column))
    }

    /// An error in a row.
    pub fn row_error(&self, row: usize, problem: String) -> DataError {
        let ((file, block), row) = self.place(row);
        DataError::Line { path: self.files[*file].path.clone(), line: block.line(row), problem }
    }

    /// The classes of a column in order (numbers by size), and each row's.
    ///
    /// # Errors
    /// An empty cell, or a class that only the test file has.
    pub fn classes(
        &self,
        column: usize,
        form: &CellForm,
    ) -> Result<(Vec<String>, Vec<usize>), DataError> {
        self.classes_of(column, || self.cells(column), form)
    }

    /// The same for cells that were changed.
    pub fn classes_of<'a, T: Iterator<Item = &'a str> + Clone>(
        &self,
        column: usize,
        cells: impl Fn() -> T,
        form: &CellForm,
    ) -> Result<(Vec<String>, Vec<usize>), DataError> {
        let (names, labels) = classes(cells());
        let is_empty = names.iter().any(|name| form.is_missing(name));
        if let Some(empty) =
            is_empty.then(|| cells().position(|cell| form.is_missing(cell))).flatten()
        {
            let name = &self.names[column];
            let problem = format!(
                "the target column \"{name}\" is empty; missing=\"drop\" leaves such rows out"
            );
            return Err(self.row_error(empty, problem));
        }
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
    form: &Form<'_>,
    selection: &Selection<'_>,
    reader: &dyn Reader,
) -> Result<Table, DataError> {
    let mut table = Table::read_columns(Path::new(path), form, selection, reader)?;
    let Some(test_path) = test_path.map(Path::new) else { return Ok(table) };
    split.refuse(PartKind::Test, test_path)?;
    let paths = glob::files(&test_path.to_string_lossy())?;
    for path in paths {
        table.read_further(&path, true, form, selection.form(), None, reader)?;
    }
    Ok(table)
}

/// The different values among some cells, in order, and which of them each cell is.
pub(crate) fn classes<'a>(cells: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<usize>) {
    let (mut different, mut known) = (Vec::new(), HashMap::new());
    let mut last = None;
    let code = |cell| {
        let code = match last {
            Some((before, code)) if before == cell => code,
            _ => *known.entry(cell).or_insert_with(|| {
                different.push(cell);
                different.len() - 1
            }),
        };
        last = Some((cell, code));
        code
    };
    let mut labels: Vec<usize> = cells.map(code).collect();
    let mut order: Vec<usize> = (0..different.len()).collect();
    order.sort_unstable_by(|&a, &b| compare(different[a], different[b]));
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &code)| places[code] = place);
    labels.iter_mut().for_each(|label| *label = places[*label]);
    (order.iter().map(|&code| different[code].to_string()).collect(), labels)
}

/// The different values among some cells, in the order of [`compare`]: numbers by size, and before words.
pub(crate) fn values<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<String> {
    let different: HashSet<&str> = cells.collect();
    let mut values: Vec<&str> = different.into_iter().collect();
    values.sort_unstable_by(|a, b| compare(a, b));
    values.into_iter().map(str::to_string).collect()
}

/// Refuses two columns of one name.
fn check_names(
    path: &Path,
    line: u64,
    names: &[String],
    positions: &[usize],
) -> Result<(), DataError> {
    let mut known = HashMap::new();
    for (name, &position) in names.iter().zip(positions) {
        if let Some(before) = known.insert(name, position) {
            let problem = format!(
                "two columns are called \"{name}\": rename one of them, leave one out by its index \
                 (ignore=[{position}], the other one is {before}), or take the row as data with header=false"
            );
            return Err(DataError::Line { path: path.to_path_buf(), line, problem });
        }
    }
    Ok(())
}

/// A table whose rows do not fit into memory.
pub(crate) fn no_memory(path: &Path) -> DataError {
    let problem = "its rows take more memory than is free".to_string();
    file_error(path, problem, Some("read fewer columns: columns=[...] names them".to_string()))
}

pub(crate) fn file_error(path: &Path, problem: String, help: Option<String>) -> DataError {
    DataError::File { path: path.to_path_buf(), problem, help }
}
