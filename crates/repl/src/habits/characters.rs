//! Characters that look like those of the language, as word processors and web pages have them; what is left open.

use super::scan::{PieceKind, pieces};

const SAME: [(&str, &str); 26] = [
    ("“", "\""),
    ("”", "\""),
    ("„", "\""),
    ("«", "\""),
    ("»", "\""),
    ("‘", "'"),
    ("’", "'"),
    ("`", "\""),
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("→", "->"),
    ("⟶", "->"),
    ("×", "*"),
    ("·", "*"),
    ("÷", "/"),
    ("≥", ">="),
    ("≤", "<="),
    ("≠", "!="),
    ("≈", "=="),
    ("²", "^2"),
    ("³", "^3"),
    ("（", "("),
    ("）", ")"),
    ("，", ","),
    ("＝", "="),
];

/// The text with the language's own characters in their places, and where the first one was changed.
pub(super) fn plain(text: &str) -> Option<(String, usize)> {
    let (mut out, mut from, mut first) = (String::new(), 0, None);
    for piece in pieces(text).into_iter().filter(|piece| piece.kind != PieceKind::Text) {
        let own = piece.of(text);
        if own.is_ascii() {
            continue;
        }
        let changed =
            SAME.iter().fold(own.to_string(), |own, (other, same)| own.replace(other, same));
        if changed != own {
            first.get_or_insert(piece.start);
            out += &text[from..piece.start];
            out += &changed;
            from = piece.end;
        }
    }
    Some((out + &text[from..], first?))
}

/// The text with the brackets and the string closed that are open at its end, or without a bracket that closes nothing.
pub(super) fn closed(text: &str) -> Option<String> {
    let pieces = pieces(text);
    let (mut open, mut surplus) = (Vec::new(), None);
    for piece in &pieces {
        match piece.of(text) {
            "(" => open.push(')'),
            "[" => open.push(']'),
            "{" => open.push('}'),
            ")" | "]" | "}" if open.pop().is_none() => surplus = Some(piece),
            _ => {}
        }
    }
    if let Some(piece) = surplus {
        return Some(format!("{}{}", &text[..piece.start], &text[piece.end..]));
    }
    let quote = pieces.last().filter(|last| last.kind == PieceKind::Text).and_then(|last| {
        let own = last.of(text);
        let quote = own.chars().find(|c| matches!(c, '"' | '\''))?;
        let is_closed = own.ends_with(quote) && own.matches(quote).count() > 1;
        (!is_closed).then_some(quote)
    });
    if open.is_empty() && quote.is_none() {
        return None;
    }
    let mut out = text.trim_end().to_string();
    out.extend(quote);
    for bracket in open.into_iter().rev() {
        if bracket == '}' {
            out.push(' ');
        }
        out.push(bracket);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_become_the_languages_own() {
        assert_eq!(plain("print “x” – “≥”").unwrap().0, "print \"x\" - \">=\"");
        assert_eq!(plain("print \"≥\""), None);
        assert_eq!(closed("f([1, 2").as_deref(), Some("f([1, 2])"));
        assert_eq!(closed("x = 1)").as_deref(), Some("x = 1"));
        assert_eq!(closed("x = \"a").as_deref(), Some("x = \"a\""));
        assert_eq!(closed("x = [\"a\"]"), None);
    }
}
