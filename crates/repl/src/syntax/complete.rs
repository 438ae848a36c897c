//! Whether a text at the prompt is complete, or continues in the next line.

use super::{TokenKind, tokens};
use relume_catalog::syntax::ends_open;

/// Whether no bracket is open and the text does not end in `->`, `,`, an operator or `\`.
///
/// A text that cannot be parsed counts as complete: its error is shown at once.
pub fn is_complete(text: &str) -> bool {
    let Ok(tokens) = tokens(text) else { return true };
    let mut depth = 0i64;
    for token in &tokens {
        match token.kind {
            TokenKind::Symbol("(" | "[" | "{") => depth += 1,
            TokenKind::Symbol(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
    }
    depth <= 0 && !tokens.last().is_some_and(ends_open)
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn open_brackets_and_operators_ask_for_more() {
        for whole in ["a", "f(1)", "", "\"open", "x)", "a; b", "for i in x { a }"] {
            assert!(is_complete(whole), "{whole}");
        }
        for open in
            ["f(1", "a ->", "a,", "x = ", "[1, [2]", "for i in x {", "a -> # remark", "train a \\"]
        {
            assert!(!is_complete(open), "{open}");
        }
    }
}
