//! Texts in lines of at most 80 columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest line, in characters.
pub(crate) const WIDTH: usize = 80;

/// The words of a text after a beginning, in lines of at most 80 columns; those after the first begin with so many
/// blanks. A word that is longer than a line has one of its own.
pub(crate) fn folded(beginning: &str, indent: usize, text: &str) -> String {
    let (mut lines, mut line) = (String::new(), beginning.to_string());
    for word in text.split_whitespace() {
        let gap = usize::from(!line.is_empty() && !line.ends_with(' '));
        let width = line.chars().count() + gap + word.chars().count();
        if width > WIDTH && !line.trim().is_empty() {
            lines += line.trim_end();
            lines.push('\n');
            line = " ".repeat(indent);
        } else if gap > 0 {
            line.push(' ');
        }
        line += word;
    }
    lines + line.trim_end() + "\n"
}

/// What stands between facts in a line.
const BETWEEN: &str = " · ";

/// Facts with points between them, in lines of at most 80 columns: `epoch 1/2 · loss 0.5 · test loss 0.4`. Further
/// lines begin with `  · `. A fact that is wider than a line is broken after its commas.
pub(crate) fn facts(text: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    let mut put = |piece: &str, between: &str, comma: &str| {
        let is_first = line.is_empty();
        if !is_first && line.width() + between.width() + piece.width() + comma.width() > WIDTH {
            lines += line.trim_end();
            lines.push('\n');
            line = if between == BETWEEN { format!(" {BETWEEN}") } else { " ".repeat(4) };
        } else if !is_first {
            line += between;
        }
        line += piece;
        line += comma;
    };
    for fact in text.split(BETWEEN) {
        if fact.width() + BETWEEN.width() < WIDTH {
            put(fact, BETWEEN, "");
            continue;
        }
        let pieces: Vec<&str> = fact.split(", ").collect();
        for (at, piece) in pieces.iter().enumerate() {
            let between = if at == 0 { BETWEEN } else { " " };
            put(piece, between, if at + 1 < pieces.len() { "," } else { "" });
        }
    }
    lines + &line
}

/// Names with their texts beside them, each text in a column of its own.
pub(crate) fn beside(indent: usize, rows: &[(&str, String)]) -> String {
    let widest = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let row = |(name, text): &(&str, String)| {
        let beginning = format!("{:indent$}{name:widest$}  ", "");
        folded(&beginning, beginning.chars().count(), text)
    };
    rows.iter().map(row).collect()
}

/// The beginning of a text that is wider than so many columns, with dots for the rest.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 4 > width {
            break;
        }
        kept.push(c);
    }
    format!("{kept} ...")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_lines_of_80_columns() {
        let text = folded("PROBLEM x: ", 4, &"word ".repeat(40));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("PROBLEM x: word word") && lines[1].starts_with("    word"));
        assert_eq!(text.split_whitespace().count(), 42);
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole() {
        let long = "x".repeat(100);
        assert_eq!(folded("", 2, &format!("a {long} b")), format!("a\n  {long}\n  b\n"));
    }

    #[test]
    fn facts_stand_in_lines_of_80_columns() {
        let part = |name: &str, count: usize| {
            let metric = |i: usize| format!("metric_{i} 0.1234");
            format!("{name} loss 0.5, {}", (0..count).map(metric).collect::<Vec<_>>().join(", "))
        };
        assert_eq!(facts("a 1 · b 2"), "a 1 · b 2");
        let text = format!("epoch 1/2 · {} · {}", part("validation", 2), part("test", 9));
        let folded = facts(&text);
        assert!(folded.lines().all(|line| line.width() <= WIDTH), "{folded}");
        assert!(folded.lines().skip(1).all(|line| line.starts_with("  ")), "{folded}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&folded), words(&text));
    }

    #[test]
    fn texts_stand_beside_their_names() {
        let text = beside(2, &[("a", "word ".repeat(20)), ("name", "text".to_string())]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  a     word") && lines[1].starts_with("        word"));
        assert_eq!(lines[2], "  name  text");
    }
}
