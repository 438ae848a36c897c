//! Errors as text: a sentence, the line, carets under the place, and help.

use crate::lines::{DOTS, WIDTH, cut};
use crate::syntax::Span;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands before an excerpt.
const MARGIN: &str = "  |  ";
/// Longer lines are cut around the place.
const WIDEST: usize = WIDTH - MARGIN.len();

/// A message about a place in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What is wrong, as a sentence.
    pub message: String,
    /// The place, if there is one.
    pub span: Option<Span>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// The diagnostic as lines: the sentence, the source line with carets, the help.
    pub fn render(&self, source: &str) -> String {
        self.render_called(source, "")
    }

    /// As [`Diagnostic::render`], with lines on the calls that led there before the help.
    pub fn render_called(&self, source: &str, calls: &str) -> String {
        let mut out = format!("error: {}\n", shortened(&self.message));
        if let Some(span) = self.span.filter(|_| !source.trim().is_empty()) {
            out += &excerpt(source, span);
        }
        out += calls;
        if let Some(help) = &self.help {
            out += &format!("help: {}\n", shortened(help));
        }
        out
    }

    /// The line and column of the place, counted from 1; 1 and 1 if it has none.
    pub fn line_and_column(&self, source: &str) -> (usize, usize) {
        line_and_column(source, self.span.map_or(0, |span| span.start))
    }
}

/// The line and column of a place in bytes, from 1.
pub(crate) fn line_and_column(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..floor(source, at)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// The last boundary of a character up to `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The line of the place with carets under it; of a place of several lines, its part of the first.
pub(crate) fn excerpt(source: &str, span: Span) -> String {
    let start = floor(source, span.start);
    let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = source[start..].find('\n').map_or(source.len(), |newline| start + newline);
    let end = floor(source, span.end).clamp(start, line_end);
    let plain = |text: &str| -> String {
        text.replace('\t', " ").chars().filter(|c| !c.is_control()).collect()
    };
    let (mut before, mut place, mut after) = (
        plain(&source[line_start..start]),
        plain(&source[start..end]),
        plain(&source[end..line_end]),
    );
    if before.width() + place.width() + after.width() > WIDEST {
        // The place is whole if it can be, with a little of what is on both sides of it.
        const LEAST: usize = 12;
        let beside = place.width() + after.width().min(LEAST);
        before = cut_front(&before, WIDEST.saturating_sub(beside).max(LEAST));
        place = cut(&place, WIDEST - before.width());
        let left = WIDEST.saturating_sub(before.width() + place.width());
        after = match after.width() <= left || left >= DOTS.len() {
            true => cut(&after, left),
            false => String::new(),
        };
    }
    let carets = "^".repeat(place.width().max(1));
    let blanks = " ".repeat(before.width());
    format!("{MARGIN}{before}{place}{after}\n{MARGIN}{blanks}{carets}\n")
}

/// Longer words of a message are cut, such as a name that was typed by a program.
const LONGEST_WORD: usize = 200;
/// Longer messages are cut, such as one that holds a list of numbers.
const LONGEST: usize = 4000;

/// A message in which very long words, and the middle of a very long text, are left out.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    let is_long = |word: &str| word.len() > LONGEST_WORD && word.chars().count() > LONGEST_WORD;
    if text.len() <= LONGEST && !text.split_whitespace().any(is_long) {
        return Cow::Borrowed(text);
    }
    let word = |word: &str| match is_long(word) {
        true => without_middle(word, LONGEST_WORD / 2, "..."),
        false => word.to_string(),
    };
    let words: String = text.split_inclusive(char::is_whitespace).map(word).collect();
    Cow::Owned(match words.chars().count() > LONGEST {
        true => without_middle(&words, LONGEST / 2, " ... "),
        false => words,
    })
}

/// The first characters of a text, and half as many of its last ones.
fn without_middle(text: &str, first: usize, between: &str) -> String {
    let last: Vec<char> = text.chars().rev().take(first / 2).collect();
    let begin: String = text.chars().take(first).collect();
    format!("{begin}{between}{}", last.into_iter().rev().collect::<String>())
}

fn cut_front(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut kept: Vec<char> = Vec::new();
    let mut sum = DOTS.len();
    for c in text.chars().rev() {
        sum += c.width().unwrap_or(0);
        if sum > width {
            break;
        }
        kept.push(c);
    }
    format!("... {}", kept.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: usize, end: usize) -> Diagnostic {
        Diagnostic {
            message: "wrong".to_string(),
            span: Some(Span::new(start, end)),
            help: Some("do this".to_string()),
        }
    }

    #[test]
    fn carets_stand_under_the_place() {
        assert_eq!(
            at(4, 7).render("a = foo + 1"),
            "error: wrong\n  |  a = foo + 1\n  |      ^^^\nhelp: do this\n"
        );
        assert_eq!(at(2, 8).line_and_column("x\ny = bar"), (2, 1));
    }

    #[test]
    fn wide_characters_take_their_columns() {
        let drawn = at("名 = ".len(), "名 = foo".len()).render("名 = foo");
        assert!(drawn.contains("  |  名 = foo\n  |       ^^^\n"), "{drawn}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let source = format!("{} here {}", "a".repeat(300), "b".repeat(300));
        let drawn = at(301, 305).render(&source);
        assert!(drawn.lines().all(|line| line.width() <= 80), "{drawn}");
        assert!(drawn.contains("here") && drawn.contains("^^^^"));
    }

    #[test]
    fn an_excerpt_fits_into_a_line_wherever_the_place_is() {
        let source = "x".repeat(40) + &"y".repeat(60) + &"z".repeat(40);
        for (start, end) in [(0, 1), (0, 75), (0, 140), (40, 100), (60, 66), (100, 140), (139, 140)]
        {
            let drawn = at(start, end).render(&source);
            assert!(drawn.lines().all(|line| line.width() <= 80), "{start}..{end}\n{drawn}");
            assert!(drawn.contains('^'), "{drawn}");
        }
    }

    #[test]
    fn long_names_and_long_lists_are_shortened() {
        let name = "x".repeat(300_000);
        let message = format!("there is no `{name}` here");
        let said = Diagnostic { message, span: Some(Span::new(0, 300_000)), help: None };
        let drawn = said.render(&name);
        assert!(drawn.len() < 1000 && drawn.contains("here"), "{drawn}");
        let list = shortened(&"1, ".repeat(1_000_000)).len();
        assert!(list < 4000, "{list}");
        assert_eq!(shortened("a sentence as it is"), "a sentence as it is");
    }

    #[test]
    fn a_place_beyond_the_text_does_no_harm() {
        assert!(at(90, 100).render("äö").contains('^'));
        assert!(at(1, 1).render("äö").contains('^'));
    }
}
