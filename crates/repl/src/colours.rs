//! The colours of a line at the prompt.

use crate::syntax::{PieceKind, pieces};
use std::borrow::Cow;

/// The beginning and the end of a colour, as terminals know them.
fn colour(kind: PieceKind) -> &'static str {
    match kind {
        PieceKind::Word => "\x1b[1m",
        PieceKind::Number => "\x1b[36m",
        PieceKind::Text => "\x1b[32m",
        PieceKind::Remark => "\x1b[2m",
    }
}

/// A line in colours; the same line where there is nothing to colour.
pub(crate) fn coloured<'l>(line: &'l str, verbs: &[&str]) -> Cow<'l, str> {
    let pieces = pieces(line, verbs);
    if pieces.is_empty() {
        return Cow::Borrowed(line);
    }
    let mut out = String::new();
    let mut end = 0;
    for (span, kind) in pieces {
        out += &line[end..span.start];
        out += &format!("{}{}\x1b[0m", colour(kind), span.of(line));
        end = span.end;
    }
    Cow::Owned(out + &line[end..])
}

#[cfg(test)]
mod tests {
    use super::coloured;

    #[test]
    fn colours_leave_the_text_as_it_is() {
        for line in ["for i in 0..3 { print \"é\" } # end", "x = 1", "", "\"open"] {
            let mut plain = coloured(line, &["for", "print"]).to_string();
            for escape in ["\x1b[1m", "\x1b[36m", "\x1b[32m", "\x1b[2m", "\x1b[0m"] {
                plain = plain.replace(escape, "");
            }
            assert_eq!(plain, line);
        }
        assert_eq!(coloured("quit", &["quit"]), "\x1b[1mquit\x1b[0m");
    }
}
