//! What the pieces of a text are, for colours at the prompt.

use super::{Span, TokenKind, tokens};

/// What a piece of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// A word of the language: a verb, `and`, `true`.
    Word,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A remark.
    Remark,
}

/// The pieces of a text that have a colour, in their order. A text that cannot be understood has none.
pub fn pieces(text: &str, verbs: &[&str]) -> Vec<(Span, PieceKind)> {
    let Ok(tokens) = tokens(text) else { return Vec::new() };
    let mut pieces: Vec<(Span, PieceKind)> = Vec::new();
    let mut end = 0;
    let mut begins = true;
    for token in &tokens {
        remarks(text, Span::new(end, token.span.start), &mut pieces);
        end = token.span.end;
        let kind = match &token.kind {
            TokenKind::Number(_) => Some(PieceKind::Number),
            TokenKind::Text(_) | TokenKind::Template(_) => Some(PieceKind::Text),
            TokenKind::Name(name) if begins && verbs.contains(&name.as_str()) => {
                Some(PieceKind::Word)
            }
            TokenKind::Name(name) if WORDS.contains(&name.as_str()) => Some(PieceKind::Word),
            _ => None,
        };
        pieces.extend(kind.map(|kind| (token.span, kind)));
        begins = matches!(&token.kind, TokenKind::Break | TokenKind::Symbol("{" | "}"))
            || matches!(&token.kind, TokenKind::Name(name) if name == "else" || name == "time");
    }
    remarks(text, Span::new(end, text.len()), &mut pieces);
    pieces
}

/// Words of the language that do not begin a statement.
const WORDS: [&str; 7] = ["and", "or", "not", "in", "true", "false", "else"];

/// The remarks between two tokens.
fn remarks(text: &str, between: Span, pieces: &mut Vec<(Span, PieceKind)>) {
    let mut start = between.start;
    for line in between.of(text).split_inclusive('\n') {
        if let Some(at) = line.find('#') {
            let length = line.trim_end().len();
            pieces.push((Span::new(start + at, start + length), PieceKind::Remark));
        }
        start += line.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_strings_and_remarks_are_told_apart() {
        let text = "for i in 0..3 { print \"a\" x } # end";
        let found: Vec<(&str, PieceKind)> = pieces(text, &["for", "print"])
            .into_iter()
            .map(|(span, kind)| (span.of(text), kind))
            .collect();
        assert_eq!(
            found,
            [
                ("for", PieceKind::Word),
                ("in", PieceKind::Word),
                ("0", PieceKind::Number),
                ("3", PieceKind::Number),
                ("print", PieceKind::Word),
                ("\"a\"", PieceKind::Text),
                ("# end", PieceKind::Remark),
            ]
        );
        assert_eq!(pieces("\"open", &[]), []);
    }
}
