//! Python's blocks: `for x in y:` with indented lines after it, in braces.

use super::scan::{Piece, PieceKind, pieces};

/// Words that begin a block in Python.
const HEADERS: [&str; 11] =
    ["for", "while", "if", "elif", "else", "def", "class", "with", "try", "except", "finally"];

/// Those that go on after the block before.
const FOLLOWING: [&str; 4] = ["elif", "else", "except", "finally"];

struct Line<'a> {
    indent: usize,
    text: &'a str,
}

/// The text in one line with braces, if a line of it begins a block with a colon.
pub(super) fn in_braces(text: &str) -> Option<String> {
    let lines: Vec<Line<'_>> = text.lines().filter_map(line).collect();
    lines.iter().find(|line| header(line.text).is_some())?;
    let mut at = 0;
    let indent = lines.first()?.indent;
    Some(suite(&lines, &mut at, indent))
}

/// A line without its remark; none if nothing else is there.
fn line(text: &str) -> Option<Line<'_>> {
    let pieces = pieces(text);
    let (first, last) = (pieces.first()?, pieces.last()?);
    Some(Line { indent: first.start, text: &text[first.start..last.end] })
}

/// What stands before a block's colon, and after it in the same line.
fn header(text: &str) -> Option<(&str, &str)> {
    let pieces = pieces(text);
    let first = pieces.first().filter(|first| HEADERS.contains(&first.of(text)))?;
    let mut depth = 0;
    let mut is_lambda = false;
    let colon = pieces.iter().find(|piece| {
        match piece.of(text) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "lambda" => is_lambda = true,
            ":" if depth == 0 && !is_lambda => return true,
            ":" if depth == 0 => is_lambda = false,
            _ => {}
        }
        false
    })?;
    Some((text[first.start..colon.start].trim(), text[colon.end..].trim()))
}

/// The lines of one indent, and those further in as their blocks.
fn suite(lines: &[Line<'_>], at: &mut usize, indent: usize) -> String {
    let mut out = String::new();
    while let Some(Line { text, .. }) = lines.get(*at).filter(|line| line.indent >= indent) {
        *at += 1;
        let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if !out.is_empty() {
            out += if FOLLOWING.contains(&word) { " " } else { "; " };
        }
        match header(text) {
            Some((head, rest)) => {
                let inner =
                    lines.get(*at).filter(|line| line.indent > indent).map(|line| line.indent);
                let body = match (rest.is_empty(), inner) {
                    (false, _) => rest.to_string(),
                    (true, Some(inner)) => suite(lines, at, inner),
                    (true, None) => example_body(head),
                };
                out += &format!("{head} {{ {body} }}");
            }
            None => out += text,
        }
    }
    out
}

/// Something for a block whose lines were not typed yet.
fn example_body(head: &str) -> String {
    let pieces = pieces(head);
    let words: Vec<&str> =
        pieces.iter().filter(|p: &&Piece| p.kind == PieceKind::Word).map(|p| p.of(head)).collect();
    match words.as_slice() {
        ["for", name, ..] => format!("print {name}"),
        ["while", ..] => "break".to_string(),
        ["def", _, parameter, ..] => format!("return {parameter}"),
        ["def", ..] => "return 0".to_string(),
        _ => "print \"here\"".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::in_braces;

    #[test]
    fn indented_lines_come_into_braces() {
        let text = "for i in y:  # remark\n    if i > 2:\n        print(i)\n    else:\n        break\nprint(3)";
        let braces = "for i in y { if i > 2 { print(i) } else { break } }; print(3)";
        assert_eq!(in_braces(text).as_deref(), Some(braces));
        assert_eq!(in_braces("if x: y").as_deref(), Some("if x { y }"));
        assert_eq!(in_braces("x[1:2]"), None);
    }
}
