//! Texts that are run, and where they came from.

use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most bytes that a script may have: what is longer is no script, and may have no end.
const LONGEST: usize = 1 << 30;

/// The statements of a file.
///
/// # Errors
/// A file that cannot be read, or is not a text: see [`read_script`].
pub fn script_text(path: &Path) -> io::Result<String> {
    read_script(relume_files::open(path)?)
}

/// Statements that are read to their end, as from standard input; no further than to the first byte that no text has.
///
/// # Errors
/// What cannot be read, is longer than 1 GiB, is not UTF-8 or holds a NUL.
pub fn read_script(mut source: impl Read) -> io::Result<String> {
    const PIECE: u64 = 1 << 16;
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        let read = source.by_ref().take(PIECE).read_to_end(&mut bytes)?;
        if read == 0 || bytes[before..].contains(&0) {
            return decoded(bytes);
        }
        if bytes.len() > LONGEST {
            let problem = "it is longer than 1 GiB: this is not a script";
            return Err(io::Error::new(ErrorKind::InvalidData, problem));
        }
    }
}

/// Statements from their bytes: UTF-8, with or without a byte order mark, with any line ends.
///
/// # Errors
/// Bytes that are not UTF-8 or hold a NUL, with the line of the first.
fn decoded(bytes: Vec<u8>) -> io::Result<String> {
    let refused = |problem: String| io::Error::new(ErrorKind::InvalidData, problem);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(refused("this is UTF-16: save it as UTF-8".to_string()));
    }
    // Line ends are those below: \n, \r\n and \r.
    let is_end = |at: &usize| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    let line = |at: usize| (0..at).filter(is_end).count() + 1;
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        return Err(refused(format!("line {} holds a NUL byte: this is not a text", line(at))));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let at = error.valid_up_to();
        refused(format!("line {} is not UTF-8: it holds the byte 0x{:02X}", line(at), bytes[at]))
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    match text.contains('\r') {
        true => Ok(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Ok(text.to_string()),
    }
}

/// Where a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Typed at the prompt.
    Prompt,
    /// Given with `-c`.
    Argument,
    /// Standard input.
    Pipe,
    /// A file.
    File(String),
}

impl Source {
    /// The name in front of line and column; none at the prompt.
    pub fn name(&self) -> Option<&str> {
        match self {
            Source::Prompt => None,
            Source::Argument => Some("-c"),
            Source::Pipe => Some("<stdin>"),
            Source::File(path) => Some(path),
        }
    }
}

/// A text with its source: what the places of statements belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub source: Source,
}

impl Default for Text {
    fn default() -> Self {
        Text { text: String::new(), source: Source::Prompt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_marks_of_other_systems_are_taken() {
        for bytes in ["a = 1\nb = 2\n", "a = 1\r\nb = 2\r\n", "a = 1\rb = 2\r"] {
            let marked = [b"\xEF\xBB\xBF", bytes.as_bytes()].concat();
            assert_eq!(decoded(marked).unwrap(), "a = 1\nb = 2\n");
        }
    }

    #[test]
    fn what_has_no_end_is_read_no_further_than_to_its_first_nul() {
        let endless = b"a = 1\n".chain(io::repeat(0));
        let error = read_script(endless).unwrap_err();
        assert_eq!(error.to_string(), "line 2 holds a NUL byte: this is not a text");
        let long = "x = 1\n".repeat(30_000);
        assert_eq!(read_script(long.as_bytes()).unwrap(), long);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        for (bytes, problem) in [
            (&b"a = 1\nb = \xFF\n"[..], "line 2 is not UTF-8: it holds the byte 0xFF"),
            (&b"a = 1\rb = 2\r\n\xFF"[..], "line 3 is not UTF-8: it holds the byte 0xFF"),
            (&b"a = 1\n\n\0"[..], "line 3 holds a NUL byte: this is not a text"),
            (&b"\xFF\xFEa\0"[..], "this is UTF-16: save it as UTF-8"),
        ] {
            assert_eq!(decoded(bytes.to_vec()).unwrap_err().to_string(), problem);
        }
    }
}
