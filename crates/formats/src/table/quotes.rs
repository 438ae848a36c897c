//! Where rows end in text that has quotes, so that threads can share it.

use super::delimited::{Separator, Syntax};
use memchr::memchr;

/// Cuts text into pieces of about a size, each of which ends with a row, but for the last one.
///
/// The text begins with a row. A line break within quotes ends none.
pub(super) fn pieces(text: &str, syntax: Syntax, size: usize) -> Vec<&str> {
    // Quotes in comments open nothing, which is not worth telling apart here.
    if syntax.comment.is_some() && memchr(b'"', text.as_bytes()).is_some() {
        return vec![text];
    }
    let mut cut = Pieces { text, size, start: 0, pieces: Vec::new() };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(quote) = memchr(b'"', &bytes[at..]).map(|quote| at + quote) {
        cut.unquoted(at, quote);
        at = match opens(&bytes[..quote], syntax.separator) {
            false => quote + 1,
            true => match closed(bytes, quote + 1) {
                Some(end) => end,
                // Whether it goes on after this text, or is an error, is seen by reading the row.
                None => return cut.end(),
            },
        };
    }
    cut.unquoted(at, bytes.len());
    cut.end()
}

/// Whether a quote after some bytes is at the start of a cell.
fn opens(before: &[u8], separator: Separator) -> bool {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t') && !separator.is(byte);
    let last = before.iter().rev().copied().find(|&byte| !is_blank(byte));
    last.is_none_or(|byte| matches!(byte, b'\n' | b'\r') || separator.is(byte))
}

/// The place after the quote that closes one; two together are a quote within the cell.
fn closed(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr(b'"', &bytes[at..])? + 1;
        match bytes.get(at) {
            Some(b'"') => at += 1,
            _ => return Some(at),
        }
    }
}

struct Pieces<'a> {
    text: &'a str,
    size: usize,
    /// Where the next piece begins.
    start: usize,
    pieces: Vec<&'a str>,
}

impl<'a> Pieces<'a> {
    /// Cuts in a part of the text that is outside quotes.
    fn unquoted(&mut self, from: usize, to: usize) {
        loop {
            let from = from.max(self.start + self.size);
            let unquoted = self.text.as_bytes().get(from..to);
            let Some(end) = unquoted.and_then(|own| memchr(b'\n', own)) else { return };
            let end = from + end + 1;
            self.pieces.push(&self.text[self.start..end]);
            self.start = end;
        }
    }

    fn end(mut self) -> Vec<&'a str> {
        if self.start < self.text.len() {
            self.pieces.push(&self.text[self.start..]);
        }
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, size: usize) -> Vec<&str> {
        pieces(text, Syntax { separator: Separator::Byte(b','), comment: None }, size)
    }

    #[test]
    fn rows_are_cut_after_line_breaks_outside_quotes() {
        assert_eq!(cut("a,1\nb,2\nc,3\n", 1), ["a,1\n", "b,2\n", "c,3\n"]);
        assert_eq!(cut("a,1\r\nb,2\r\nc", 5), ["a,1\r\nb,2\r\n", "c"]);
        assert_eq!(cut("\"a\nb\",1\n\"c\"\"\n\",2\n", 1), ["\"a\nb\",1\n", "\"c\"\"\n\",2\n"]);
        // A quote within a cell opens none; one after a blank does.
        assert_eq!(cut("5\" x,1\n2,3\n", 1), ["5\" x,1\n", "2,3\n"]);
        assert_eq!(cut("a, \"b\n\"\nc\n", 1), ["a, \"b\n\"\n", "c\n"]);
        assert_eq!(cut("a,1\nb,\"2\n3\n", 1), ["a,1\n", "b,\"2\n3\n"]);
        assert_eq!(cut("", 1), [""; 0]);
    }
}
