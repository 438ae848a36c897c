//! Errors as JSON.

use crate::diagnostic::shortened;
use crate::{Failure, Source};
use serde_json::{Value as Json, json};

/// A failure, with its place in the text that was run; where that is a network's own text, with that text.
pub(crate) fn error(failure: &Failure, text: &str, source: &Source) -> Json {
    let Failure { diagnostic, code, text: own, kind, .. } = failure;
    let place = diagnostic.span.map(|span| {
        let text = own.as_deref().unwrap_or(text);
        let (line, column) = diagnostic.line_and_column(text);
        let length = text.get(span.start..span.end).map_or(0, |place| place.chars().count());
        json!({
            "file": source.name(),
            "line": line,
            "column": column,
            "length": length,
            "network": own,
        })
    });
    json!({
        "type": "error",
        "kind": kind.name(),
        "message": shortened(&diagnostic.message),
        "help": diagnostic.help.as_deref().map(shortened),
        "place": place,
        "code": *code as u8,
    })
}
