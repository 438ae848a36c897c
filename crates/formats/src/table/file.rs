//! One file's rows.

use super::binary::Binary;
use super::block::{Block, MOST_BYTES};
use super::delimited::{Mistake, Record, Scanner, Separator, Syntax, line_breaks};
use super::{Form, Selection, file_error, json, sniff};
use crate::Reader;
use crate::files::decoded::Decoded;
use crate::files::memory;
use crate::files::names::ending;
use crate::files::packed::Unpacked;
use memchr::{memchr, memrchr};
use rayon::prelude::*;
use relume_catalog::count_text;
use relume_datasets::DataError;
use relume_tensor::threads;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// How much of a file is read before its rows are taken apart.
const WINDOW: usize = 8 << 20;
/// How much of it goes to a thread at once.
const PIECE: usize = 1 << 20;

/// The rows of a file, and its columns that are kept.
#[derive(Debug)]
pub(crate) struct FileRows {
    pub names: Vec<String>,
    /// The index of each in the file.
    pub positions: Vec<usize>,
    pub blocks: Vec<Block>,
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
            return binary.read(path, form, selection, reader);
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
        let mut text = TextFile::new(path, file, form)?;
        let rows = match is_json {
            true => json::rows(&mut text, selection)?,
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
}

/// A file's text, read window by window.
pub(super) struct TextFile<'a> {
    pub path: PathBuf,
    bytes: Decoded<Unpacked<'a>>,
    /// What was read and not taken yet.
    window: Vec<u8>,
    /// The line at which the window begins, counted from 1.
    pub line: u64,
    /// Whether the window ends with the file.
    is_last: bool,
}

impl<'a> TextFile<'a> {
    fn new(path: PathBuf, mut file: Unpacked<'a>, form: &Form<'_>) -> Result<Self, DataError> {
        // The error of a packed file says more than that of reading.
        if let Err(error) = file.fill_buf() {
            return Err(file.refused(error));
        }
        let bytes = Decoded::new(file, form.encoding)
            .map_err(|source| DataError::Read { path: path.clone(), source })?;
        Ok(TextFile { path, bytes, window: Vec::new(), line: 1, is_last: false })
    }

    /// Reads on until the window has so many bytes, or the file ends.
    fn fill(&mut self, size: usize) -> Result<(), DataError> {
        while !self.is_last && self.window.len() < size {
            match self.bytes.fill(&mut self.window) {
                Ok(more) => self.is_last = !more,
                Err(error) => return Err(self.bytes.source().refused(error)),
            }
        }
        Ok(())
    }

    /// All of the text.
    pub fn rest(&mut self) -> Result<&str, DataError> {
        self.fill(usize::MAX)?;
        self.text(self.window.len())
    }

    /// The first bytes of the window as text.
    fn text(&self, end: usize) -> Result<&str, DataError> {
        std::str::from_utf8(&self.window[..end]).map_err(|error| {
            let at = error.valid_up_to();
            let line = self.line + memchr::memchr_iter(b'\n', &self.window[..at]).count() as u64;
            let byte = self.window.get(at).copied().unwrap_or_default();
            let problem = format!(
                "byte 0x{byte:02X} begins no character of UTF-8; encoding=\"windows-1252\" (or \"latin-1\") reads \
                 what Windows and older programs write, encoding=\"utf-16\" what Excel calls Unicode text"
            );
            DataError::Line { path: self.path.clone(), line, problem }
        })
    }

    /// The window's end after its last whole line, with at least one line in it unless the file is at its end.
    fn whole_lines(&mut self, size: usize) -> Result<usize, DataError> {
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
    fn larger(&self) -> Result<usize, DataError> {
        match self.window.len() {
            MOST_BYTES.. => {
                let problem = format!("a row that begins in line {} has no end", self.line);
                Err(file_error(&self.path, problem, None))
            }
            length => Ok(2 * length.max(WINDOW / 2)),
        }
    }

    /// Drops the first bytes of the window.
    fn take(&mut self, count: usize, line: u64) {
        self.window.drain(..count);
        self.line = line;
    }

    fn mistake(&self, mistake: Mistake, width: Option<usize>) -> DataError {
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
        file.take(position, line);
    }
    let end = file.whole_lines(WINDOW)?;
    let (text, is_last) = (file.text(end)?, file.is_last);
    let separator = separator.unwrap_or_else(|| sniff::separator(text, form.comment, is_last));
    let syntax = Syntax { separator, comment: form.comment };
    let head = head(file, form, syntax)?;
    let kept = selection.kept(&file.path, &head.names)?;
    let names: Vec<String> = kept.iter().map(|&at| head.names[at].clone()).collect();
    super::check_names(&file.path, head.line, &names, &kept)?;
    let mut wanted = vec![false; head.names.len()];
    kept.iter().for_each(|&at| wanted[at] = true);
    let mut blocks = rows(file, syntax, &wanted)?;
    if !kept.is_sorted() {
        let mut sorted = kept.clone();
        sorted.sort_unstable();
        let place = |at: &usize| sorted.partition_point(|own| own < at);
        let order: Vec<usize> = kept.iter().map(place).collect();
        for block in &mut blocks {
            *block = block.picked(&order, |_| true).map_err(|_| super::no_memory(&file.path))?;
        }
    }
    Ok(FileRows { names, positions: kept, blocks, separator: separator.character() })
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
        let end = file.whole_lines(WINDOW)?;
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
            Record::None => file.take(position, line),
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
                file.take(position, line);
                return Ok(Head { names, line: own });
            }
        }
    }
}

/// Reads all rows, with the cells of the columns that are wanted.
fn rows(file: &mut TextFile<'_>, syntax: Syntax, wanted: &[bool]) -> Result<Vec<Block>, DataError> {
    let mut blocks = Vec::new();
    let mut size = WINDOW;
    let width = Some(wanted.len());
    loop {
        let end = file.whole_lines(size)?;
        // Text, the ends of cells, and their numbers. A small file is not worth asking.
        if end >= PIECE && !memory::is_free(4 * end) {
            return Err(super::no_memory(&file.path));
        }
        let text = file.text(end)?;
        let read = match memchr(b'"', text.as_bytes()) {
            None => plain_rows(text, syntax, file.line, wanted),
            Some(_) => quoted_rows(text, syntax, file, wanted),
        };
        let (own, position, line) = read.map_err(|error| file.mistake(error, width))?;
        let is_whole = position == end;
        blocks.extend(own.into_iter().filter(|block| block.len() > 0));
        file.take(position, line);
        match (file.is_last && is_whole, position) {
            (true, _) => return Ok(blocks),
            // The first row goes further than the window.
            (false, 0) => size = file.larger()?,
            (false, _) => size = WINDOW,
        }
    }
}

type RowsRead = Result<(Vec<Block>, usize, u64), Mistake>;

/// Rows in which no cell has quotes: each line is for itself, so threads share them.
fn plain_rows(text: &str, syntax: Syntax, line: u64, wanted: &[bool]) -> RowsRead {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.as_bytes().get(PIECE..).and_then(|after| memchr(b'\n', after)) {
            Some(end) => PIECE + end + 1,
            None => rest.len(),
        };
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    let read = |piece: &&str| {
        let mut block = Block::default();
        let mut scanner = Scanner::new(piece, syntax, 1, true);
        let result = scanner.records(&mut block, Some(wanted), Some(wanted.len()));
        (block, result, line_breaks(piece))
    };
    let read: Vec<_> = threads::run(|| pieces.par_iter().map(read).collect());
    let (mut blocks, mut line) = (Vec::with_capacity(read.len()), line);
    for (mut block, result, lines) in read {
        if let Err(Mistake::Width { line: own, own: width }) = result {
            return Err(Mistake::Width { line: own + line - 1, own: width });
        }
        result?;
        block.move_lines(line - 1);
        blocks.push(block);
        line += lines;
    }
    Ok((blocks, text.len(), line))
}

/// Rows in which a cell has quotes, which may span lines.
fn quoted_rows(text: &str, syntax: Syntax, file: &TextFile<'_>, wanted: &[bool]) -> RowsRead {
    let mut block = Block::default();
    let mut scanner = Scanner::new(text, syntax, file.line, file.is_last);
    scanner.records(&mut block, Some(wanted), Some(wanted.len()))?;
    Ok((vec![block], scanner.position(), scanner.line()))
}
