//! Rows that are JSON objects: one in each line, one after another, or in an array. Numbers may also be `NaN`, as
//! Python writes them, which is an empty cell. Objects within objects give columns with a dot in their names.

use super::block::{Block, MOST_BYTES, NoMemory};
use super::file::{FileRows, TextFile};
use super::{Selection, check_names, file_error, no_memory};
use crate::files::memory;
use relume_catalog::count_text;
use relume_datasets::DataError;
use std::collections::HashMap;

/// Objects and arrays within each other, at most.
const DEEPEST: usize = 64;

/// What is wrong in a text, at a byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub at: usize,
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The text is not JSON.
    Syntax(&'static str),
    /// It is JSON, but not the cells of a row; a sentence.
    Cells(String),
}

/// The rows of a file of objects.
pub(super) fn rows(
    file: &mut TextFile<'_>,
    selection: &Selection<'_>,
) -> Result<FileRows, DataError> {
    let path = file.path.clone();
    let text = file.rest()?;
    if text.len() > MOST_BYTES {
        let problem = "is a JSON file of more than 4 GiB".to_string();
        let help = "cut it into several files: csv(\"part-*.jsonl\") reads them all";
        return Err(file_error(&path, problem, Some(help.to_string())));
    }
    let text_size = text.len();
    // Cells, where they end, and the same once more by columns. A small file is not worth asking.
    if text_size >= 1 << 20 && !memory::is_free(4 * text_size) {
        return Err(no_memory(&path));
    }
    let mut rows = Rows::default();
    rows.read(text).map_err(|JsonError { at, problem }| {
        let line = 1 + super::delimited::line_breaks(&text[..at]);
        let problem = match problem {
            Problem::Syntax(problem) => format!("this is not a JSON object: {problem}"),
            Problem::Cells(problem) => problem,
        };
        DataError::Line { path: path.clone(), line, problem }
    })?;
    if rows.lines.is_empty() {
        return Err(file_error(&path, "the file is empty".to_string(), None));
    }
    let kept = selection.kept(&path, &rows.names)?;
    let names: Vec<String> = kept.iter().map(|&at| rows.names[at].clone()).collect();
    check_names(&path, 1, &names, &kept)?;
    if !rows.is_dense(kept.len(), text_size) {
        let problem = format!(
            "its {} objects have {} different names, so nearly all cells of the table would be empty",
            count_text(rows.lines.len()),
            count_text(kept.len())
        );
        let help = "name those that are needed: columns=[\"a\", \"b\"]";
        return Err(file_error(&path, problem, Some(help.to_string())));
    }
    let blocks = rows.blocks(&kept).map_err(|_| no_memory(&path))?;
    Ok(FileRows::of_text(names, kept, blocks, ','))
}

/// The cells of an object, by their names.
///
/// # Errors
/// Text that is no object, or a list among its values.
pub(crate) fn object(text: &str) -> Result<Vec<(String, String)>, JsonError> {
    let mut parser = Parser { text, at: 0 };
    let mut cells = Vec::new();
    parser.blanks();
    parser.object(&mut Path::default(), &mut |name, cell| {
        cells.push((name.to_string(), cell));
        true
    })?;
    parser.blanks();
    match parser.peek() {
        None => Ok(cells),
        Some(_) => Err(parser.error("text follows the object")),
    }
}

/// The most rows whose cells are together in a block.
const TOGETHER: usize = 1 << 16;
/// So many cells a table may have whatever its file's size; beyond, one for each byte.
const CELLS: usize = 1 << 22;

/// Objects as they are read.
#[derive(Default)]
struct Rows {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// For each name, how many rows there were when it was last given.
    given: Vec<usize>,
    /// The cells of all rows, one after another.
    text: String,
    cells: Vec<Cell>,
    /// How many cells there are up to the end of each row.
    ends: Vec<usize>,
    lines: Vec<u64>,
}

struct Cell {
    /// Its column.
    place: usize,
    /// Where it ends in the text.
    end: usize,
}

impl Rows {
    fn read(&mut self, text: &str) -> Result<(), JsonError> {
        let mut parser = Parser { text, at: 0 };
        parser.blanks();
        let is_array = parser.take(b'[');
        let (mut counted, mut line) = (0, 1);
        parser.blanks();
        loop {
            match parser.peek() {
                None if !is_array => return Ok(()),
                Some(b']') if is_array => return parser.end_of_array(),
                _ => {}
            }
            line += super::delimited::line_breaks(&text[counted..parser.at]);
            counted = parser.at;
            self.object(&mut parser, line)?;
            parser.blanks();
            if is_array && !parser.take(b',') && parser.peek() != Some(b']') {
                return Err(parser.error("a comma is missing between two objects of the array"));
            }
            parser.blanks();
        }
    }

    fn object(&mut self, parser: &mut Parser<'_>, line: u64) -> Result<(), JsonError> {
        let start = parser.at;
        self.lines.push(line);
        parser.object(&mut Path::default(), &mut |name, cell| self.add(name, &cell)).map_err(
            |error| match error.at >= parser.text.len() {
                // An object that is not closed is named by the line where it begins.
                true => JsonError { at: start, ..error },
                false => error,
            },
        )?;
        self.ends.push(self.cells.len());
        Ok(())
    }

    /// Adds a cell to the row that is being read; whether it is the first of its name there.
    fn add(&mut self, name: &str, cell: &str) -> bool {
        let place = match self.places.get(name) {
            Some(&place) => place,
            None => {
                self.places.insert(name.to_string(), self.names.len());
                self.names.push(name.to_string());
                self.given.push(0);
                self.names.len() - 1
            }
        };
        self.text.push_str(cell);
        self.cells.push(Cell { place, end: self.text.len() });
        std::mem::replace(&mut self.given[place], self.lines.len()) != self.lines.len()
    }

    /// Whether a table with so many columns is about as large as its file.
    fn is_dense(&self, columns: usize, bytes: usize) -> bool {
        self.lines.len().saturating_mul(columns) <= CELLS.max(bytes)
    }

    /// The rows with only these columns; what a row does not have is empty.
    fn blocks(&self, kept: &[usize]) -> Result<Vec<Block>, NoMemory> {
        let mut slots = vec![None; self.names.len()];
        kept.iter().enumerate().for_each(|(slot, &place)| slots[place] = Some(slot));
        let (mut blocks, mut at) = (Vec::new(), 0);
        for (row, (&line, &end)) in self.lines.iter().zip(&self.ends).enumerate() {
            if row % TOGETHER == 0 {
                blocks.push(Block::default());
            }
            let mut own = vec![""; kept.len()];
            for cell in at..end {
                if let Some(slot) = slots[self.cells[cell].place] {
                    own[slot] = self.cell(cell);
                }
            }
            at = end;
            if let Some(block) = blocks.last_mut() {
                block.push_row(line, own.into_iter())?;
            }
        }
        Ok(blocks)
    }

    fn cell(&self, cell: usize) -> &str {
        let start = if cell == 0 { 0 } else { self.cells[cell - 1].end };
        &self.text[start..self.cells[cell].end]
    }
}

/// The names of the objects around a value, with dots between them.
#[derive(Default)]
struct Path {
    name: String,
    depth: usize,
}

/// Takes a cell with its name; whether it is the first of this name.
type Take<'a> = dyn FnMut(&str, String) -> bool + 'a;

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, problem: &'static str) -> JsonError {
        JsonError { at: self.at, problem: Problem::Syntax(problem) }
    }

    /// Goes past the end of an array, which is the end of the text.
    fn end_of_array(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        self.blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("text follows the array")),
        }
    }

    fn object(&mut self, path: &mut Path, take: &mut Take<'_>) -> Result<(), JsonError> {
        if !self.take(b'{') {
            return Err(self.error("it begins with no brace"));
        }
        if path.depth == DEEPEST {
            return Err(self.error("it is nested too deeply"));
        }
        path.depth += 1;
        self.blanks();
        let mut is_first = true;
        while !self.take(b'}') {
            if !is_first && !self.take(b',') {
                return Err(self.error("a comma or a closing brace is missing"));
            }
            is_first = false;
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes is missing"));
            }
            let name = self.string()?;
            self.blanks();
            if !self.take(b':') {
                return Err(self.error("a colon is missing after a name"));
            }
            self.blanks();
            let length = path.name.len();
            if length > 0 {
                path.name.push('.');
            }
            path.name.push_str(&name);
            self.value(path, take)?;
            path.name.truncate(length);
            self.blanks();
        }
        path.depth -= 1;
        Ok(())
    }

    fn value(&mut self, path: &mut Path, take: &mut Take<'_>) -> Result<(), JsonError> {
        let start = self.at;
        let cell = match self.peek() {
            Some(b'{') => return self.object(path, take),
            Some(b'[') => {
                let problem = format!("\"{}\" is not a single value", path.name);
                return Err(JsonError { at: start, problem: Problem::Cells(problem) });
            }
            Some(b'"') => self.string()?.trim().to_string(),
            _ => self.word()?,
        };
        match take(&path.name, cell) {
            true => Ok(()),
            false => {
                let problem = format!("\"{}\" is given twice in this object", path.name);
                Err(JsonError { at: start, problem: Problem::Cells(problem) })
            }
        }
    }

    /// A number, `true`, `false`, or what is empty: `null` and `NaN`.
    fn word(&mut self) -> Result<String, JsonError> {
        let rest = &self.text[self.at..];
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-');
        let word = &rest[..rest.find(|c| !is_of_word(c)).unwrap_or(rest.len())];
        let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-')
            && word.parse::<f64>().is_ok_and(f64::is_finite);
        let cell = match word {
            "null" | "NaN" => String::new(),
            "true" | "false" => word.to_string(),
            word if is_number => word.to_string(),
            "Infinity" | "-Infinity" => return Err(self.error("a number is infinite")),
            _ => return Err(self.error("a value is missing")),
        };
        self.at += word.len();
        Ok(cell)
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
                self.at = self.text.len();
                return Err(self.error("a string is not closed"));
            };
            let piece = &rest[..length];
            if let Some(at) = piece.find('\n') {
                self.at += at;
                return Err(self.error("a string is not closed in its line"));
            }
            string.push_str(piece);
            self.at += length + 1;
            if rest.as_bytes()[length] == b'"' {
                return Ok(string);
            }
            string.push(self.escaped()?);
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Result<char, JsonError> {
        let escape = self.peek().ok_or_else(|| self.error("a string is not closed"))?;
        let plain = match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error("a backslash stands before nothing that it changes")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// A character by its number; those beyond 16 bits are written as two numbers. Half of one is U+FFFD.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hexadecimal()?;
        if (0xD800..0xDC00).contains(&high) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.hexadecimal()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or('\u{fffd}'))
    }

    fn hexadecimal(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.error("\\u is followed by no four digits"))?;
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<(String, String)>, String> {
        object(text).map_err(|error| format!("{:?}", error.problem))
    }

    /// The values of Python's json.loads.
    #[test]
    fn objects_are_cells_with_the_names_of_those_around_them() {
        let text = r#" {"a": 1.50, "b": {"c": "x\n\u00e9\ud83d\ude00", "d": {"e": true}}, "f": NaN, "g": null, "h": -2e3} "#;
        let expected = [
            ("a", "1.50"),
            ("b.c", "x\né😀"),
            ("b.d.e", "true"),
            ("f", ""),
            ("g", ""),
            ("h", "-2e3"),
        ];
        let expected = expected.map(|(name, cell)| (name.to_string(), cell.to_string()));
        assert_eq!(cells(text).unwrap(), expected);
        assert_eq!(cells("{}").unwrap(), []);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let deep = "{\"a\":".repeat(100);
        for (text, problem) in [
            ("[1]", "begins with no brace"),
            ("{\"a\": [1]}", "\"a\" is not a single value"),
            ("{\"a\": {\"b\": [1]}}", "\"a.b\" is not a single value"),
            ("{\"a\": 1 \"b\": 2}", "a comma or a closing brace is missing"),
            ("{\"a\": 1,}", "a name in quotes is missing"),
            ("{\"a\": }", "a value is missing"),
            ("{\"a\": Infinity}", "infinite"),
            ("{\"a\": \"x", "a string is not closed"),
            ("{\"a\": \"\\u12\"}", "no four digits"),
            ("{\"a\": 1} x", "text follows"),
            (&deep, "nested too deeply"),
            ("", "begins with no brace"),
        ] {
            let error = cells(text).unwrap_err().replace("\\\"", "\"");
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
