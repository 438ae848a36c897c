//! Texts in lines of at most 80 columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The longest line, in characters.
pub(crate) const WIDTH: usize = 80;

/// The words of a text after a beginning, in lines of at most 80 columns; those after the first begin with so many
/// blanks. A word that is longer than a line has one of its own.
pub(crate) fn folded(beginning: &str, indent: usize, text: &str) -> String {
    folded_to(WIDTH, beginning, indent, text)
}

/// As [`folded`], in lines of so many columns.
fn folded_to(width: usize, beginning: &str, indent: usize, text: &str) -> String {
    let (mut lines, mut line) = (String::new(), beginning.to_string());
    for word in text.split_whitespace() {
        let gap = usize::from(!line.is_empty() && !line.ends_with(' '));
        if line.width() + gap + word.width() > width && !line.trim().is_empty() {
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

/// A list whose line begins after so many blanks and leaves so many columns at its end, folded where it is too wide.
pub(crate) fn refolded(list: &str, indent: usize, left: usize) -> String {
    let own = WIDTH - left;
    if indent + list.width() <= own {
        return list.to_string();
    }
    let folded = folded_to(own, &" ".repeat(indent), indent + 1, list);
    folded.trim().to_string()
}

/// What stands between facts in a line.
pub(crate) const BETWEEN: &str = " · ";

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

/// How a line begins that is a statement to be pasted, and what leads to one within a line.
const PASTED: [&str; 3] = ["write: ", "or: ", "cure: "];
const EXAMPLE: &str = "for example: ";

/// How an excerpt of a statement and the carets under it begin.
const EXCERPT: &str = "  |  ";

/// The lines of a message, those that are wider than so many columns folded. A statement that can be pasted stays
/// whole, and so does an excerpt.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    text.split_inclusive('\n').map(|line| fitted_line(line, width)).collect()
}

fn fitted_line(line: &str, width: usize) -> String {
    const HELP: &str = "help: ";
    let own = line.trim_start_matches(' ');
    let text = own.strip_prefix(HELP).unwrap_or(own);
    let is_whole = line.starts_with(EXCERPT) || PASTED.iter().any(|lead| text.starts_with(lead));
    if line.trim_end().width() <= width || is_whole {
        return line.to_string();
    }
    let blanks = line.len() - own.len();
    // Further lines of a help stand below its first word.
    let is_help = own.len() > text.len() || blanks == HELP.len();
    let indent = if is_help { HELP.len() } else { blanks + 2 };
    let words = |text| folded_to(width, &" ".repeat(blanks), indent, text);
    let folded = match own.split_once(EXAMPLE) {
        Some((before, statement)) => {
            format!(
                "{}{:indent$}{}\n",
                words(&format!("{before}{EXAMPLE}")),
                "",
                statement.trim_end()
            )
        }
        None => words(own),
    };
    match line.ends_with('\n') {
        true => folded,
        false => folded.trim_end_matches('\n').to_string(),
    }
}

/// A statement in lines of at most so many columns, as it can be pasted: it goes on in the next line after `->`, after
/// a comma in brackets, or else after `\\`. Lines after the first are indented by four blanks.
pub(crate) fn statement(text: &str, width: usize) -> Vec<String> {
    const INDENT: usize = 4;
    let (mut lines, mut rest, mut indent) = (Vec::new(), text, 0);
    while indent + rest.width() > width {
        let Some((end, mark)) = last_break(rest, width.saturating_sub(indent)) else { break };
        lines.push(format!("{:indent$}{}{mark}", "", rest[..end].trim_end()));
        rest = rest[end..].trim_start();
        indent = INDENT;
    }
    lines.push(format!("{:indent$}{rest}", ""));
    lines
}

/// Where a statement can go on in the next line, so that what is before it has so many columns at most, and what stands
/// at the end of the line for it: the last place between stages, or else in brackets, or else between words.
fn last_break(text: &str, width: usize) -> Option<(usize, &'static str)> {
    let (mut depth, mut quote, mut before) = (0usize, None, ' ');
    let (mut stage, mut bracket, mut word) = (None, None, None);
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        // A word is followed by ` \\`.
        if text[..end].width() > width {
            break;
        }
        match (quote, c) {
            (Some(own), _) => quote = Some(own).filter(|own| *own != c || before == '\\'),
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '>') if before == '-' && depth == 0 => stage = Some((end, "")),
            (None, '>') if before == '-' => bracket = Some((end, "")),
            (None, ',') if depth > 0 => bracket = Some((end, "")),
            (None, ' ') if depth == 0 && text[..end].width() < width => word = Some((end, " \\")),
            _ => {}
        }
        before = c;
    }
    stage.or(bracket).or(word)
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

/// What stands for the rest of a text.
pub(crate) const DOTS: &str = " ...";

/// The beginning of a text that is wider than so many columns, with dots for the rest.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + DOTS.len() > width {
            break;
        }
        kept.push(c);
    }
    kept.trim_end().to_string() + DOTS
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
    fn facts_go_on_in_a_line_of_their_own() {
        let text = format!("d: 12 samples{}", " · input 3 x 8 x 8".repeat(5));
        let shown = facts(&text);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.iter().all(|line| line.width() <= 80), "{shown}");
        assert!(lines.len() == 2 && lines[1].starts_with("  · input 3 x 8 x 8"), "{shown}");
        assert_eq!(facts("d: 3 samples · 2 classes"), "d: 3 samples · 2 classes");
    }

    #[test]
    fn messages_are_folded_but_for_what_is_pasted() {
        let words = "word ".repeat(20);
        let statement = "train net on digits ".repeat(6);
        let (words, statement) = (words.trim_end(), statement.trim_end());
        let message = format!(
            "f.relume:1:2: error: {words}\n  |  {statement}\nhelp: {words}; for example: {statement}\n      \
             {words}\n"
        );
        let shown = fitted(&message, 80);
        let lines: Vec<&str> = shown.lines().collect();
        let is_kept = |line: &str| line.contains("train net on digits");
        assert!(lines.iter().all(|line| line.width() <= 80 || is_kept(line)), "{shown}");
        assert!(lines[1].starts_with("  word"), "{shown}");
        assert_eq!(lines[2], format!("  |  {statement}"));
        assert!(
            lines[4].starts_with("      word") && lines[4].ends_with("for example:"),
            "{shown}"
        );
        assert_eq!(lines[5], format!("      {statement}"));
        assert!(shown.ends_with("word\n"), "{shown}");
        for whole in [
            format!("help: write: {statement}\n"),
            format!("   or: {statement}\n"),
            "short".to_string(),
        ] {
            assert_eq!(fitted(&whole, 80), whole);
        }
    }

    #[test]
    fn statements_go_on_where_the_language_does() {
        for (text, lines) in [
            ("net = dense(3) -> relu", &["net = dense(3) -> relu"][..]),
            (
                "net = dense(32) -> residual(dense(32) -> relu) -> dense(2)",
                &["net = dense(32) ->", "    residual(dense(32) -> relu) ->", "    dense(2)"],
            ),
            (
                "train net on d optimizer=adamw(lr=0.1, weight_decay=0.2)",
                &["train net on d optimizer=adamw(lr=0.1,", "    weight_decay=0.2)"],
            ),
            (
                "train network on digits schedule=cosine epochs=10",
                &["train network on digits \\", "    schedule=cosine epochs=10"],
            ),
            (
                "texts(\"a name -> with, much in it, which stays\")",
                &["texts(\"a name -> with, much in it, which stays\")"],
            ),
        ] {
            assert_eq!(statement(text, 40), lines);
        }
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
