//! Text with a separator between the cells of a row: CSV (RFC 4180), TSV and their kin.

use super::block::{Block, NoMemory};
use super::numbers::Numbers;
use super::plain_number::plain_number;
use super::plan::{Plan, Use};
use super::texts::Texts;
use memchr::{memchr, memchr2};

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// One byte of ASCII.
    Byte(u8),
    /// Any number of blanks and tabs.
    Blanks,
}

impl Separator {
    /// The character that stands for it.
    pub fn character(self) -> char {
        match self {
            Separator::Byte(byte) => byte.into(),
            Separator::Blanks => ' ',
        }
    }

    /// Whether a byte separates cells.
    pub fn is(self, byte: u8) -> bool {
        match self {
            Separator::Byte(own) => own == byte,
            Separator::Blanks => matches!(byte, b' ' | b'\t'),
        }
    }
}

impl From<char> for Separator {
    fn from(character: char) -> Self {
        match u8::try_from(character) {
            Ok(b' ') => Separator::Blanks,
            Ok(byte) if byte.is_ascii() => Separator::Byte(byte),
            _ => Separator::Byte(b','),
        }
    }
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub separator: Separator,
    /// The byte from which on a line is a comment.
    pub comment: Option<u8>,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// A quote that is not closed.
    Unclosed {
        /// The line where it opens.
        line: u64,
    },
    /// A quote that spans lines, after whose end the cell goes on.
    Continued {
        /// The line where it opens.
        line: u64,
        /// The line of the next quote.
        closed: u64,
    },
    /// A row of another number of cells.
    Width {
        /// The line where it begins.
        line: u64,
        /// Its number of cells.
        own: usize,
    },
    /// Nothing: there is no memory for its rows.
    NoMemory,
}

impl Mistake {
    /// The same after so many lines.
    pub fn after(self, lines: u64) -> Self {
        match self {
            Mistake::Unclosed { line } => Mistake::Unclosed { line: line + lines },
            Mistake::Continued { line, closed } => {
                Mistake::Continued { line: line + lines, closed: closed + lines }
            }
            Mistake::Width { line, own } => Mistake::Width { line: line + lines, own },
            Mistake::NoMemory => Mistake::NoMemory,
        }
    }
}

impl From<NoMemory> for Mistake {
    fn from(_: NoMemory) -> Self {
        Mistake::NoMemory
    }
}

/// How a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// With so many cells.
    Cells(usize),
    /// The text ends within it: nothing of it was taken.
    Cut,
    /// There is none: the text is at its end.
    None,
}

/// How a cell ended.
enum Ended {
    Cell,
    Row,
    Cut,
}

/// Reads records from text.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    syntax: Syntax,
    /// Whether the text ends with the file.
    is_last: bool,
    at: usize,
    /// The line at which it is, counted from 1.
    line: u64,
    /// Whether each byte ends a cell without quotes.
    ends: [bool; 256],
}

impl<'a> Scanner<'a> {
    /// Reads text from a line on. A row at its end is whole if the text is the last of its file.
    pub fn new(text: &'a str, syntax: Syntax, line: u64, is_last: bool) -> Self {
        let ends = std::array::from_fn(|byte| {
            let byte = byte as u8;
            matches!(byte, b'\n' | b'\r')
                || syntax.separator.is(byte)
                || Some(byte) == syntax.comment
        });
        Scanner { text, bytes: text.as_bytes(), syntax, is_last, at: 0, line, ends }
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The line at which it is.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Reads all records, which must have as many cells as the plan has columns.
    pub fn records(&mut self, block: &mut Block, plan: &Plan<'_>) -> Result<(), Mistake> {
        loop {
            let line = self.next_line();
            match self.record(block, Some(plan))? {
                Record::Cells(own) if own != plan.columns.len() => {
                    return Err(Mistake::Width { line, own });
                }
                Record::Cells(_) => {}
                Record::Cut | Record::None => return Ok(()),
            }
        }
    }

    /// Skips lines without cells; returns the line where the next record begins.
    fn next_line(&mut self) -> u64 {
        while let Some(&byte) = self.bytes.get(self.at) {
            let rest = &self.bytes[self.at..];
            let is_blank = |byte: u8| {
                matches!(byte, b' ' | b'\t')
                    && (self.syntax.separator == Separator::Blanks
                        || !self.syntax.separator.is(byte))
            };
            let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
            match rest.get(blanks) {
                Some(b'\n' | b'\r') => {
                    self.at += blanks;
                    self.end_line();
                }
                Some(&first) if Some(first) == self.syntax.comment => self.skip_line(),
                None if self.is_last => self.at += blanks,
                _ if self.syntax.separator == Separator::Blanks && is_blank(byte) => {
                    self.at += blanks;
                    break;
                }
                _ => break,
            }
        }
        self.line
    }

    /// Goes past the end of this line.
    pub fn skip_line(&mut self) {
        match memchr2(b'\n', b'\r', &self.bytes[self.at..]) {
            Some(end) => {
                self.at += end;
                self.end_line();
            }
            None => self.at = self.bytes.len(),
        }
    }

    /// Goes past a line break.
    fn end_line(&mut self) {
        self.at += match self.bytes[self.at..] {
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        self.line += 1;
    }

    /// Reads a record, if there is one. All cells are kept as text if there is no plan.
    pub fn record(
        &mut self,
        block: &mut Block,
        plan: Option<&Plan<'_>>,
    ) -> Result<Record, Mistake> {
        let line = self.next_line();
        if self.at == self.bytes.len() {
            return Ok(Record::None);
        }
        let (start, cells) = (self.at, block.cells());
        for count in 0.. {
            let ended = match plan.map(|plan| (plan, plan.columns.get(count))) {
                None | Some((_, Some(Use::Text))) => self.cell(Some(block.texts())),
                Some((plan, Some(&Use::Number(column)))) => {
                    self.number(block.numbers(column), plan)
                }
                Some((_, Some(Use::Nothing) | None)) => self.cell(None),
            };
            match ended? {
                Ended::Cell => {}
                Ended::Row => {
                    block.end_row(line)?;
                    return Ok(Record::Cells(count + 1));
                }
                Ended::Cut => {
                    block.drop_row(cells);
                    (self.at, self.line) = (start, line);
                    return Ok(Record::Cut);
                }
            }
        }
        Ok(Record::None)
    }

    fn cell(&mut self, out: Option<&mut Texts>) -> Result<Ended, Mistake> {
        self.skip_blanks();
        if self.bytes.get(self.at) == Some(&b'"') {
            return self.quoted(out);
        }
        let start = self.at;
        self.skip_plain();
        if let Some(out) = out {
            out.push(&self.text[start..self.at])?;
            out.end_cell()?;
        }
        Ok(self.end_cell())
    }

    /// Reads a cell of a column of numbers: directly if it is written as most are, otherwise as text first.
    #[inline]
    fn number(&mut self, out: &mut Numbers, plan: &Plan<'_>) -> Result<Ended, Mistake> {
        if let Some(mark) = plan.mark {
            if matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
                self.skip_blanks();
            }
            let quote = usize::from(self.bytes.get(self.at) == Some(&b'"'));
            let start = self.at + quote;
            if let Some((number, length)) = plain_number(&self.bytes[start..], mark)
                && (quote == 0 || self.bytes.get(start + length) == Some(&b'"'))
                && let Some(&end) = self.bytes.get(start + length + quote)
                && self.ends[usize::from(end)]
            {
                self.at = start + length + quote;
                out.push(number)?;
                if self.syntax.separator == Separator::Byte(end) && !matches!(end, b'\n' | b'\r') {
                    self.at += 1;
                    return Ok(Ended::Cell);
                }
                return Ok(self.end_cell());
            }
        }
        let ended = self.cell(Some(out.cell()))?;
        match ended {
            Ended::Cell | Ended::Row => out.end_cell(plan.form)?,
            Ended::Cut => {}
        }
        Ok(ended)
    }

    /// Goes past the blanks before a cell.
    fn skip_blanks(&mut self) {
        if self.syntax.separator != Separator::Blanks {
            let is_blank =
                |&&byte: &&u8| matches!(byte, b' ' | b'\t') && !self.syntax.separator.is(byte);
            self.at += self.bytes[self.at..].iter().take_while(is_blank).count();
        }
    }

    /// Goes to the end of a cell without quotes.
    fn skip_plain(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|&b| self.ends[usize::from(b)]).unwrap_or(rest.len());
    }

    /// Reads a cell in quotes. Two quotes in it are one. What follows it up to the separator belongs to it, as in
    /// pandas, if the quotes are in one line; otherwise the one that opens was surely never closed.
    fn quoted(&mut self, out: Option<&mut Texts>) -> Result<Ended, Mistake> {
        let opened = self.line;
        let mut unwanted = Texts::default();
        let out = out.unwrap_or(&mut unwanted);
        self.at += 1;
        loop {
            let Some(length) = memchr(b'"', &self.bytes[self.at..]) else {
                return match self.is_last {
                    true => Err(Mistake::Unclosed { line: opened }),
                    false => Ok(Ended::Cut),
                };
            };
            let piece = &self.text[self.at..self.at + length];
            self.line += line_breaks(piece);
            out.push(piece)?;
            self.at += length + 1;
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    out.push("\"")?;
                    self.at += 1;
                }
                None if !self.is_last => return Ok(Ended::Cut),
                _ => break,
            }
        }
        let start = self.at;
        self.skip_plain();
        let rest = &self.text[start..self.at];
        if self.line != opened && !rest.trim().is_empty() {
            return Err(Mistake::Continued { line: opened, closed: self.line });
        }
        out.push(rest)?;
        out.end_cell()?;
        Ok(self.end_cell())
    }

    /// Goes past what ends a cell.
    fn end_cell(&mut self) -> Ended {
        if self.syntax.separator == Separator::Blanks {
            let blanks = self.bytes[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t'));
            self.at += blanks.count();
        }
        match self.bytes.get(self.at) {
            None => Ended::Row,
            Some(b'\n' | b'\r') => {
                self.end_line();
                Ended::Row
            }
            Some(&byte) if Some(byte) == self.syntax.comment => {
                self.skip_line();
                Ended::Row
            }
            Some(&byte) if self.syntax.separator.is(byte) => {
                self.at += 1;
                Ended::Cell
            }
            // The next cell, after blanks.
            Some(_) => Ended::Cell,
        }
    }
}

/// How many lines end in a text.
pub(crate) fn line_breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let breaks = memchr::memchr_iter(b'\n', bytes).count();
    let alone = |&at: &usize| bytes.get(at + 1) != Some(&b'\n');
    let old = memchr::memchr_iter(b'\r', bytes).filter(alone).count();
    (breaks + old) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, separator: char, comment: Option<u8>) -> Result<Vec<Vec<String>>, Mistake> {
        let syntax = Syntax { separator: separator.into(), comment };
        let mut scanner = Scanner::new(text, syntax, 1, true);
        let mut rows = Vec::new();
        loop {
            let mut block = Block::default();
            match scanner.record(&mut block, None)? {
                Record::Cells(count) => {
                    let cells: Vec<String> = block.row(0).map(str::to_string).collect();
                    assert_eq!(cells.len(), count);
                    rows.push(cells);
                }
                Record::Cut => panic!("the text is whole"),
                Record::None => return Ok(rows),
            }
        }
    }

    /// pandas.read_csv(io.StringIO(text), header=None, dtype=str, keep_default_na=False), cells stripped.
    #[test]
    fn rows_are_those_of_pandas() {
        for (text, separator, expected) in [
            ("a,b\n1,2\n", ',', vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,b\r\n\r\n 1 ,2", ',', vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,b\r1,\r", ',', vec![vec!["a", "b"], vec!["1", ""]]),
            ("\"a, b\",\"say \"\"x\"\"\"\n", ',', vec![vec!["a, b", "say \"x\""]]),
            ("\"a\nb\",c\n", ',', vec![vec!["a\nb", "c"]]),
            ("\"a\"b,5\" nail\n", ',', vec![vec!["ab", "5\" nail"]]),
            ("a;b\n1,5;2\n", ';', vec![vec!["a", "b"], vec!["1,5", "2"]]),
            ("a\t\n\t\n", '\t', vec![vec!["a", ""], vec!["", ""]]),
            ("  a   b\n1 \t 2  \n", ' ', vec![vec!["a", "b"], vec!["1", "2"]]),
            ("a,\"b\"", ',', vec![vec!["a", "b"]]),
            ("ä,ö\nß,\n", ',', vec![vec!["ä", "ö"], vec!["ß", ""]]),
        ] {
            assert_eq!(read(text, separator, None).unwrap(), expected, "{text:?}");
        }
        let commented = read("# \"x\n1,2 # two\n  # three\n3,4", ',', Some(b'#')).unwrap();
        assert_eq!(commented, [["1", "2"], ["3", "4"]]);
    }

    #[test]
    fn a_quote_that_is_not_closed_is_named_by_the_line_where_it_opens() {
        let never = read("a,b\n1,\"2\n3,4\n", ',', None);
        assert_eq!(never, Err(Mistake::Unclosed { line: 2 }));
        let later = read("a,b\n1,\"2\n3,4\n5,\"6\"\n", ',', None);
        assert_eq!(later, Err(Mistake::Continued { line: 2, closed: 4 }));
    }

    #[test]
    fn a_record_that_is_cut_is_left_for_later() {
        let syntax = Syntax { separator: Separator::Byte(b','), comment: None };
        let text = "a,b\n1,\"2\n";
        let mut scanner = Scanner::new(text, syntax, 7, false);
        let mut block = Block::default();
        assert_eq!(scanner.record(&mut block, None), Ok(Record::Cells(2)));
        assert_eq!(scanner.record(&mut block, None), Ok(Record::Cut));
        assert_eq!((scanner.position(), scanner.line(), block.cells()), (4, 8, 2));
        assert_eq!(block.line(0), 7);
    }
}
