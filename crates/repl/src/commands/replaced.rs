//! Files that commands write over or go on with: only those that hold what the command writes.

use crate::Failure;
use crate::syntax::Span;
use std::io::{BufRead, BufReader, ErrorKind, Read};

/// How many first bytes of a file are looked at, and at most until its first line ends.
const HEAD: u64 = 1 << 16;
const LONGEST_LINE: u64 = 1 << 26;

/// Refuses to write to a file that holds anything else, told by its first bytes: a table that was read must not be lost
/// by a name that was typed twice. An empty file may be written to.
///
/// # Errors
/// A file that holds none of `what`, such as "saved network"; one that cannot be read.
pub(super) fn check_replaced(
    path: &str,
    span: Span,
    what: &str,
    is_own: impl Fn(&[u8]) -> bool,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::at(span, format!("{path}: {error}"));
    relume_files::check_write().map_err(failed)?;
    if !relume_files::is_file(path) {
        return Ok(());
    }
    match head(path) {
        Ok(head) if head.is_empty() || is_own(&head) => Ok(()),
        Ok(_) => Err(Failure::at(span, format!("{path} is there, and holds no {what}"))
            .help("choose another name, or remove the file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The first bytes of a file, with its first line as a whole.
fn head(path: &str) -> std::io::Result<Vec<u8>> {
    let mut file = BufReader::new(relume_files::open(path)?);
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    if !head.contains(&b'\n') {
        file.take(LONGEST_LINE).read_until(b'\n', &mut head)?;
    }
    Ok(head)
}
