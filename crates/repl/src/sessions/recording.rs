//! A session as a file that does the same again: the statements that took effect, with the seed, and a check of the
//! data.

use super::journal::Record;
use super::unnamed::unnamed_data;
use crate::syntax::Span;
use crate::{Failure, Session, Value};
use std::fmt::Write;

/// How a file begins that `save session` wrote: no other file is replaced by it.
pub(crate) const HEAD: &str = "# A session of relume ";

/// The file's text.
///
/// # Errors
/// A loop that failed too late to be told in statements, or data that cannot be read.
pub(crate) fn recording(session: &mut Session, span: Span) -> Result<String, Failure> {
    let unnamed = fingerprints(session);
    let journal = &session.journal;
    let mut text = format!(
        "{HEAD}{}: the statements that succeeded, in their order.\n\
         # Run again, they give the same figures: relume FILE\n\
         set seed={}\n",
        env!("CARGO_PKG_VERSION"),
        journal.seed.unwrap_or(session.settings.seed),
    );
    for (at, record) in journal.records.iter().enumerate() {
        match record {
            Record::Ran { text: own, defined } => {
                unnamed
                    .iter()
                    .filter(|check| check.before == at)
                    .for_each(|check| text += &check.line);
                text += own;
                text.push('\n');
                let name =
                    defined.as_ref().filter(|name| is_last(&journal.records[at + 1..], name));
                if let Some(name) = name {
                    text += &check(session, name, span)?;
                }
            }
            Record::Failed(own) => {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "try {{ {own} }} else {{ }}");
            }
            Record::Lost { text, why } => return Err(lost(text, why, span)),
        }
    }
    Ok(text)
}

/// Whether nothing later defines the name once more.
fn is_last(later: &[Record], name: &str) -> bool {
    let defines =
        |record: &Record| matches!(record, Record::Ran { defined: Some(own), .. } if own == name);
    !later.iter().any(defines)
}

/// The comparison of a data set that has no name, before the statement that uses it first.
struct Unnamed {
    before: usize,
    line: String,
}

/// The comparisons of data sets that statements use without a name. They are read once more for it; it is told of one
/// that cannot be.
fn fingerprints(session: &mut Session) -> Vec<Unnamed> {
    let mut uses: Vec<(usize, String)> = Vec::new();
    for (at, record) in session.journal.records.iter().enumerate() {
        if let Record::Ran { text, .. } = record {
            for data in unnamed_data(session, text) {
                if !uses.iter().any(|(_, own)| *own == data) {
                    uses.push((at, data));
                }
            }
        }
    }
    let mut checks = Vec::new();
    for (before, text) in uses {
        let hash = session.value(&text).and_then(|value| match value {
            Value::Data(data) => {
                data.fingerprint().map_err(|error| Failure::data(&error, Span::new(0, 0)))
            }
            other => Err(Failure::unplaced(format!("{} is no data set", other.kind()))),
        });
        match hash {
            Ok(hash) => {
                let line = format!("fingerprint {text} expected=\"{}\"\n", fingerprint_text(hash));
                checks.push(Unnamed { before, line });
            }
            Err(failure) => session.output.warning(&format!(
                "{text} is not compared when the file is run: {}",
                failure.diagnostic.message
            )),
        }
    }
    checks
}

/// The line that compares a data set with the one of this session.
fn check(session: &Session, name: &str, span: Span) -> Result<String, Failure> {
    let Some(Value::Data(data)) = session.names.get(name) else { return Ok(String::new()) };
    let hash = data.fingerprint().map_err(|error| Failure::data(&error, span))?;
    Ok(format!("fingerprint {name} expected=\"{}\"\n", fingerprint_text(hash)))
}

/// A fingerprint as people compare it.
pub(crate) fn fingerprint_text(hash: u64) -> String {
    format!("{hash:016x}")
}

fn lost(text: &str, why: &str, span: Span) -> Failure {
    let line = text.lines().next().unwrap_or_default();
    Failure::at(span, format!("`{line}` {why}, so that a file would not do the same"))
        .help("save the networks themselves: save net to \"net.rlm\"")
}
