//! One file's rows.

use super::binary::Binary;
use super::block::{Block, MOST_BYTES};
use super::delimited::{Mistake, Record, Scanner, Separator, Syntax};
use super::numbers::{NumberColumn, Numbers};
use super::plan::{Plan, Use};
use super::{Form, Selection, file_error, json, rows, sniff};
use crate::Reader;
use crate::files::decoded::Decoded;
use crate::files::names::ending;
use crate::files::packed::Unpacked;
use memchr::memrchr;
use relume_catalog::count_text;
use relume_datasets::DataError;
use relume_datasets::raw::CellForm;
use relume_tensor::threads;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// How much of a file is taken apart at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes that are read before their rows are taken apart.
    pub window: usize,
    /// Bytes of them that go to a thread.
    pub piece: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes { window: 8 << 20, piece: 1 << 20 }
    }
}

/// The rows of a file, and its columns that are kept.
#[derive(Debug)]
pub(crate) struct FileRows {
    pub names: Vec<String>,
    /// The index of each in the file.
    pub positions: Vec<usize>,
    /// Whether each is read as numbers.
    pub are_numbers: Vec<bool>,
    /// The columns of text.
    pub blocks: Vec<Block>,
    /// The columns that are read as numbers.
    pub numbers: Vec<NumberColumn>,
    /// The separator between a row's cells; a comma if rows are objects.
    pub separator: char,
}

impl FileRows {
    /// Reads a file: JSON if it ends in `.jsonl`, `.ndjson` or `.json`, a spreadsheet or a Parquet file by its ending,
    /// otherwise rows with a separator.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or that has no rows.
    pub fn read(
        path: &Path,
        form: &Form<'_>,
        selection: &Selection<'_>,
        reader: &dyn Reader,
    ) -> Result<Self, DataError> {
        if let Some(binary) = Binary::of(path) {
            return binary.read(path, form, selection, reader)?.with_numbers(path, selection);
        }
        if let Some(sheet) = form.sheet {
            let problem = format!("is no spreadsheet, so it has no sheet \"{sheet}\"");
            return Err(file_error(path, problem, None));
        }
        Self::of(Unpacked::open(path, reader)?, form, selection)
    }

    /// The same for bytes that are being read.
    pub fn of(
        file: Unpacked<'_>,
        form: &Form<'_>,
        selection: &Selection<'_>,
    ) -> Result<Self, DataError> {
        let path = file.path().to_path_buf();
        let kind = ending(&file.name());
        let is_json = matches!(kind.as_str(), "jsonl" | "ndjson" | "json");
        if is_json && form.is_of_delimited() {
            let problem =
                "is a JSON file, which has no header, separator, comment or skipped lines";
            return Err(file_error(&path, problem.to_string(), None));
        }
        let mut text = TextFile::new(path.clone(), file, form)?;
        let rows = match is_json {
            true => json::rows(&mut text, selection)?.with_numbers(&path, selection)?,
            false => {
                let usual =
                    matches!(kind.as_str(), "tsv" | "tab").then_some(Separator::Byte(b'\t'));
                delimited(&mut text, form, selection, form.separator.or(usual))?
            }
        };
        match rows.blocks.iter().all(|block| block.len() == 0) {
            true => {
                Err(file_error(&text.path, "there is no row after the header".to_string(), None))
            }
            false => Ok(rows),
        }
    }

    /// Rows whose cells are all text.
    pub fn of_text(
        names: Vec<String>,
        positions: Vec<usize>,
        blocks: Vec<Block>,
        separator: char,
    ) -> Self {
        let are_numbers = vec![false; names.len()];
        FileRows { names, positions, are_numbers, blocks, numbers: Vec::new(), separator }
    }

    /// The same with the columns of numbers read as such, of rows whose cells are all text.
    fn with_numbers(mut self, path: &Path, selection: &Selection<'_>) -> Result<Self, DataError> {
        let Some((form, are_numbers)) = selection.numbers(&self.names, &self.positions) else {
            return Ok(self);
        };
        let columns = |is_number: bool| -> Vec<usize> {
            (0..are_numbers.len()).filter(|&at| are_numbers[at] == is_number).collect()
        };
        let (texts, numbers) = (columns(false), columns(true));
        self.numbers = vec![NumberColumn::default(); numbers.len()];
        for block in &mut self.blocks {
            let mut read = || {
                for (own, &at) in self.numbers.iter_mut().zip(&numbers) {
                    let mut column = Numbers::default();
                    block.column(at).try_for_each(|cell| column.push_cell(cell, form))?;
                    own.append(&column)?;
                }
                block.picked(&texts, |_| true)
            };
            *block = read().map_err(|_| super::no_memory(path))?;
        }
        self.are_numbers = are_numbers;
        Ok(self)
    }
}

/// A file's text, read window by window.
pub(super) struct TextFile<'a> {
    pub path: PathBuf,
    bytes: Decoded<Unpacked<'a>>,
    /// What was read and not taken yet.
    window: Vec<u8>,
    /// What was read while the window was worked on.
    ahead: Option<Ahead>,
    pub sizes: Sizes,
    /// Memory for what is read ahead.
    spare: Vec<u8>,
    /// The line at which the window begins, counted from 1.
    pub line: u64,
    /// Whether the window ends with the file.
    is_last: bool,
}

/// What was read ahead.
struct Ahead {
    /// Where in the window it begins.
    start: usize,
    bytes: Vec<u8>,
    /// Whether it ends with the file.
    is_last: io::Result<bool>,
}

impl<'a> TextFile<'a> {
    pub fn new(path: PathBuf, mut file: Unpacked<'a>, form: &Form<'_>) -> Result<Self, DataError> {
        // The error of a packed file says more than that of reading.
        if let Err(error) = file.fill_buf() {
            return Err(file.refused(error));
        }
        let bytes = Decoded::new(file, form.encoding)
            .map_err(|source| DataError::Read { path: path.clone(), source })?;
        Ok(TextFile {
            path,
            bytes,
            window: Vec::new(),
            ahead: None,
            sizes: Sizes::default(),
            spare: Vec::new(),
            line: 1,
            is_last: false,
        })
    }

    /// Whether the window ends with the file.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Reads on until the window has so many bytes, or the file ends.
    fn fill(&mut self, size: usize) -> Result<(), DataError> {
        if !self.is_last {
            self.is_last = fill(&mut self.bytes, &mut self.window, size)
                .map_err(|error| self.bytes.source().refused(error))?;
        }
        Ok(())
    }

    /// Does some work on the first bytes of the window as text, while what follows them is read.
    ///
    /// # Errors
    /// Bytes that are no text.
    pub fn read_ahead<T: Send>(
        &mut self,
        end: usize,
        work: impl FnOnce(&str) -> T + Send,
    ) -> Result<T, DataError> {
        if self.is_last {
            return self.text(end).map(work);
        }
        let text = text(&self.window[..end], self.line, &self.path)?;
        let mut ahead = std::mem::take(&mut self.spare);
        ahead.clear();
        ahead.extend_from_slice(&self.window[end..]);
        let read = || fill(&mut self.bytes, &mut ahead, self.sizes.window);
        let (is_last, done) = threads::run(|| rayon::join(read, || work(text)));
        self.ahead = Some(Ahead { start: end, bytes: ahead, is_last });
        Ok(done)
    }

    /// All of the text.
    pub fn rest(&mut self) -> Result<&str, DataError> {
        self.fill(usize::MAX)?;
        self.text(self.window.len())
    }

    /// The first bytes of the window as text.
    fn text(&self, end: usize) -> Result<&str, DataError> {
        text(&self.window[..end], self.line, &self.path)
    }

    /// The window's end after its last whole line, with at least one line in it unless the file is at its end.
    pub fn whole_lines(&mut self, size: usize) -> Result<usize, DataError> {
        let mut size = size;
        loop {
            self.fill(size)?;
            if self.is_last {
                return Ok(self.window.len());
            }
            if let Some(end) = memrchr(b'\n', &self.window) {
                return Ok(end + 1);
            }
            size = self.larger()?;
        }
    }

    /// The size of a window that goes further than this one.
    pub fn larger(&self) -> Result<usize, DataError> {
        match self.window.len() {
            MOST_BYTES.. => {
                let problem = format!("a row that begins in line {} has no end", self.line);
                Err(file_error(&self.path, problem, None))
            }
            length => Ok(2 * length.max(self.sizes.window.div_ceil(2))),
        }
    }

    /// Drops the first bytes of the window, after which there is what was read ahead.
    ///
    /// # Errors
    /// That could not be read.
    pub fn take(&mut self, count: usize, line: u64) -> Result<(), DataError> {
        self.line = line;
        let Some(Ahead { start, mut bytes, is_last }) = self.ahead.take() else {
            self.window.drain(..count);
            return Ok(());
        };
        if count < start {
            // A row that is not whole stays.
            let added = self.window.try_reserve(bytes.len()).is_ok();
            added.then_some(()).ok_or_else(|| super::no_memory(&self.path))?;
            self.window.truncate(start);
            self.window.append(&mut bytes);
            self.window.drain(..count);
            std::mem::swap(&mut self.spare, &mut bytes);
        } else {
            self.spare = std::mem::replace(&mut self.window, bytes);
        }
        self.is_last = is_last.map_err(|error| self.bytes.source().refused(error))?;
        Ok(())
    }

    pub fn mistake(&self, mistake: Mistake, width: Option<usize>) -> DataError {
        let (line, problem) = match mistake {
            Mistake::NoMemory => return super::no_memory(&self.path),
            Mistake::Unclosed { line } => {
                (line, "the quote that opens in this line is never closed".to_string())
            }
            Mistake::Continued { line, closed } => (
                line,
                format!(
                    "the quote that opens in this line is not closed before line {}, where text follows the next \
                     quote: close it, or write a quote within a cell twice (\"\")",
                    count_text(closed as usize)
                ),
            ),
            Mistake::Width { line, own } => {
                let width = width.unwrap_or_default();
                let own = match own {
                    1 => "one column".to_string(),
                    own => format!("{own} columns"),
                };
                (line, format!("this row has {own}, the first one {width}"))
            }
        };
        DataError::Line { path: self.path.clone(), line, problem }
    }
}

/// Reads on until there are so many bytes; whether the file is at its end.
fn fill(bytes: &mut Decoded<Unpacked<'_>>, out: &mut Vec<u8>, size: usize) -> io::Result<bool> {
    while out.len() < size {
        if !bytes.fill(out)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Bytes from a line of a file on as text.
fn text<'a>(bytes: &'a [u8], line: u64, path: &Path) -> Result<&'a str, DataError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let line = line + memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
        let byte = bytes.get(at).copied().unwrap_or_default();
        let problem = format!(
            "byte 0x{byte:02X} begins no character of UTF-8; encoding=\"windows-1252\" (or \"latin-1\") reads what \
             Windows and older programs write, encoding=\"utf-16\" what Excel calls Unicode text"
        );
        DataError::Line { path: path.to_path_buf(), line, problem }
    })
}

/// Rows with a separator.
fn delimited(
    file: &mut TextFile<'_>,
    form: &Form<'_>,
    selection: &Selection<'_>,
    separator: Option<Separator>,
) -> Result<FileRows, DataError> {
    for _ in 0..form.skip {
        let end = file.whole_lines(1)?;
        let text = file.text(end)?;
        let syntax = Syntax { separator: Separator::Byte(b','), comment: None };
        let mut scanner = Scanner::new(text, syntax, file.line, true);
        scanner.skip_line();
        let (position, line) = (scanner.position(), scanner.line());
        file.take(position, line)?;
    }
    let end = file.whole_lines(file.sizes.window)?;
    let (text, is_last) = (file.text(end)?, file.is_last);
    let separator = separator.unwrap_or_else(|| sniff::separator(text, form.comment, is_last));
    let syntax = Syntax { separator, comment: form.comment };
    let head = head(file, form, syntax)?;
    let kept = selection.kept(&file.path, &head.names)?;
    let names: Vec<String> = kept.iter().map(|&at| head.names[at].clone()).collect();
    super::check_names(&file.path, head.line, &names, &kept)?;
    let usual = CellForm::default();
    let (form, are_numbers) = match selection.numbers(&names, &kept) {
        Some(numbers) => numbers,
        None => (&usual, vec![false; kept.len()]),
    };
    let mut columns = vec![Use::Nothing; head.names.len()];
    let mut numbers = 0..;
    for (&at, &is_number) in kept.iter().zip(&are_numbers) {
        let number = is_number.then(|| numbers.next()).flatten();
        columns[at] = number.map_or(Use::Text, Use::Number);
    }
    let rows::Rows { mut blocks, numbers } =
        rows::rows(file, syntax, &Plan::new(columns, form, syntax))?;
    let texts = kept.iter().zip(&are_numbers).filter(|(_, is_number)| !**is_number);
    let texts: Vec<usize> = texts.map(|(&at, _)| at).collect();
    if !texts.is_sorted() {
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        let place = |at: &usize| sorted.partition_point(|own| own < at);
        let order: Vec<usize> = texts.iter().map(place).collect();
        for block in &mut blocks {
            *block = block.picked(&order, |_| true).map_err(|_| super::no_memory(&file.path))?;
        }
    }
    let separator = separator.character();
    Ok(FileRows { names, positions: kept, are_numbers, blocks, numbers, separator })
}

/// The first row of a file.
struct Head {
    /// The columns' names, or their indices.
    names: Vec<String>,
    line: u64,
}

/// Reads the first row, which is taken if it holds names.
fn head(file: &mut TextFile<'_>, form: &Form<'_>, syntax: Syntax) -> Result<Head, DataError> {
    loop {
        let end = file.whole_lines(file.sizes.window)?;
        let text = file.text(end)?;
        let mut scanner = Scanner::new(text, syntax, file.line, file.is_last);
        let mut first = Block::default();
        let record = scanner.record(&mut first, None).map_err(|error| file.mistake(error, None))?;
        let (position, line) = (scanner.position(), scanner.line());
        match record {
            Record::None if file.is_last => {
                return Err(file_error(&file.path, "the file is empty".to_string(), None));
            }
            // Lines without cells, or a row that goes on.
            Record::None => file.take(position, line)?,
            Record::Cut => {
                let size = file.larger()?;
                file.fill(size)?;
            }
            Record::Cells(width) => {
                let own = first.line(0);
                let is_header =
                    form.header.unwrap_or_else(|| sniff::is_header(first.row(0), &form.named));
                if !is_header {
                    let names = (0..width).map(|i| i.to_string()).collect();
                    return Ok(Head { names, line: own });
                }
                let name = |(at, cell): (usize, &str)| match cell {
                    // As pandas calls it, whose own tables begin with such a column.
                    "" => format!("Unnamed: {at}"),
                    cell => cell.to_string(),
                };
                let names = first.row(0).enumerate().map(name).collect();
                file.take(position, line)?;
                return Ok(Head { names, line: own });
            }
        }
    }
}
