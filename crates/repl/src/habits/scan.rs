//! Text in pieces, also text that the language does not know: other languages' operators, strings without their end.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub kind: PieceKind,
    pub start: usize,
    pub end: usize,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PieceKind {
    Word,
    /// What begins with a digit, well formed or not.
    Number,
    /// A string with its quotes and the letter before them.
    Text,
    Symbol,
    /// The end of a statement.
    End,
}

impl Piece {
    pub fn of(self, text: &str) -> &str {
        &text[self.start..self.end]
    }
}

/// Longest first.
const SYMBOLS: [&str; 29] = [
    "...", "->", "=>", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "^=", "%=", "@=", ":=",
    "**", "//", "..", "&&", "||", "++", "--", "/*", "*/", "|>", ">>", "<-", "<>", "!==",
];

/// The pieces of a text; remarks after `#` are left out, and ends of lines inside of round and square brackets.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut brackets: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let inside = brackets.last().is_some_and(|&bracket| bracket != "{");
        let (kind, length) = match c {
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '\n' | ';' if !inside => (PieceKind::End, 1),
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '"' | '\'' => (PieceKind::Text, string_length(rest, c)),
            'f' | 'r' | 'b' if rest[1..].starts_with(['"', '\'']) => {
                let quote = if rest[1..].starts_with('"') { '"' } else { '\'' };
                (PieceKind::Text, 1 + string_length(&rest[1..], quote))
            }
            c if c.is_alphabetic() || c == '_' => (PieceKind::Word, word_length(rest)),
            c if c.is_ascii_digit() => {
                (PieceKind::Number, number_length(rest, brackets.is_empty()))
            }
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                (PieceKind::Number, number_length(rest, brackets.is_empty()))
            }
            c => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                (PieceKind::Symbol, symbol.map_or(c.len_utf8(), |symbol| symbol.len()))
            }
        };
        let piece = Piece { kind, start: at, end: at + length };
        match piece.of(text) {
            open @ ("(" | "[" | "{") => brackets.push(open),
            ")" | "]" | "}" => drop(brackets.pop()),
            _ => {}
        }
        pieces.push(piece);
        at += length;
    }
    pieces
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

/// Letters, digits and points from here on; two points are a range, and `1e-3` has a sign inside. Outside of brackets
/// commas between digits belong to it.
fn number_length(rest: &str, has_commas: bool) -> usize {
    let mut end = 0;
    while let Some(c) = rest[end..].chars().next() {
        let follows = &rest[end + c.len_utf8()..];
        let is_point = c == '.'
            && !follows.starts_with(['.', '('])
            && !follows.starts_with(char::is_alphabetic);
        let is_sign = matches!(c, '+' | '-')
            && rest[..end].ends_with(['e', 'E'])
            && rest[..end].starts_with(|c: char| c.is_ascii_digit())
            && !rest[..end].starts_with("0x")
            && follows.starts_with(|c: char| c.is_ascii_digit());
        let is_comma = c == ',' && has_commas && follows.starts_with(|c: char| c.is_ascii_digit());
        if !(c.is_alphanumeric() || c == '_' || is_point || is_sign || is_comma) {
            break;
        }
        end += c.len_utf8();
    }
    end
}

/// A string up to its closing quote, or to the end of the line.
fn string_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Where the bracket that a piece opens is closed; none if it opens none, or nothing closes it.
pub(super) fn closing(text: &str, pieces: &[Piece], open: usize) -> Option<usize> {
    if !matches!(pieces[open].of(text), "(" | "[" | "{") {
        return None;
    }
    let mut depth = 0usize;
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        match piece.of(text) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The parts of a text between commas that stand in no bracket, trimmed; a comma at the end begins none.
pub(super) fn items(text: &str) -> Vec<&str> {
    let pieces = pieces(text);
    let (mut depth, mut from, mut parts) = (0i32, 0, Vec::new());
    for piece in &pieces {
        match piece.of(text) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => {
                parts.push(text[from..piece.start].trim());
                from = piece.end;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        pieces(text).into_iter().map(|piece| piece.of(text)).collect()
    }

    #[test]
    fn foreign_text_comes_in_pieces() {
        assert_eq!(texts("a && b || !c"), ["a", "&&", "b", "||", "!", "c"]);
        assert_eq!(texts("x = 'no end"), ["x", "=", "'no end"]);
        assert_eq!(
            texts("0..3 + 1e-3 + 0x1F # remark"),
            ["0", "..", "3", "+", "1e-3", "+", "0x1F"]
        );
        assert_eq!(texts("f(1,\n2)"), ["f", "(", "1", ",", "2", ")"]);
        assert_eq!(items("a, f(b, c), [d, e],"), ["a", "f(b, c)", "[d, e]"]);
    }
}
