//! `history` and `rerun`.

use super::{Command, Expression, Given};
use crate::eval::describe;
use crate::sessions::{Entry, matches};
use crate::syntax::Expr;
use crate::{Failure, Session, Source, Value};
use relume_catalog::Spec;
use serde_json::json;
use std::ops::Range;

/// Lists the statements of this session by number: all, the last ones, some of them, or those that hold a text.
///
/// `history 20` lists the last 20, `history 12..15` those from 12 up to, but not including, 15, `history "train"` those
/// that hold the text, in which `*` stands for any characters. A statement that failed is marked with `!`.
///
/// ```relume
/// history 20
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct History {
    /// How many of the last ones, a range of numbers, or a text that they hold; all if not given.
    pub which: Option<Expression>,
}

impl Command for History {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        // This statement itself is the last one.
        let count = session.journal.entries.len();
        let (range, pattern) = match given.expr("which") {
            None => (0..count, None),
            Some(expr) => match session.evaluate(expr)? {
                Value::Text(text) => (0..count, Some(format!("*{text}*"))),
                Value::Number(n) if n >= 0.0 && n.fract() == 0.0 => {
                    (count.saturating_sub(n as usize)..count, None)
                }
                Value::Range(start, end) => (numbered(start, end, count), None),
                other => {
                    return Err(Failure::at(
                        expr.span,
                        format!(
                            "how many, a range or a text is wanted here, not {}",
                            describe(&other)
                        ),
                    )
                    .help("history 20   history 12..15   history \"train\""));
                }
            },
        };
        show(session, range, pattern.as_deref());
        Ok(())
    }
}

/// The positions of the statements with the numbers `start..end`, as far as there are any.
fn numbered(start: i64, end: i64, count: usize) -> Range<usize> {
    let position = |number: i64| usize::try_from(number.max(1) - 1).unwrap_or(0).min(count);
    position(start)..position(end).max(position(start))
}

fn show(session: &mut Session, range: Range<usize>, pattern: Option<&str>) {
    let is_wanted = |entry: &Entry| pattern.is_none_or(|pattern| matches(pattern, &entry.text));
    let all = session.journal.entries.iter().enumerate();
    let wanted: Vec<(usize, &Entry)> =
        all.filter(|(at, entry)| range.contains(at) && is_wanted(entry)).collect();
    let width = session.journal.entries.len().to_string().len();
    let line = |(at, entry): &(usize, &Entry)| {
        let mark = if entry.succeeded { ' ' } else { '!' };
        let text = entry.text.replace('\n', &format!("\n{}", " ".repeat(width + 4)));
        format!("{:>width$} {mark}  {text}\n", at + 1)
    };
    let text: String = wanted.iter().map(line).collect();
    session.output.result(&text, || {
        let typed: Vec<&str> = wanted.iter().map(|(_, entry)| entry.text.as_str()).collect();
        let statements: Vec<_> = wanted
            .iter()
            .map(|(at, entry)| {
                json!({ "number": at + 1, "text": entry.text, "succeeded": entry.succeeded })
            })
            .collect();
        json!({ "type": "statements", "typed": typed, "statements": statements })
    });
}

/// Runs statements of the history again, and shows each of them before it runs.
///
/// `rerun 12` runs one, `rerun 12..15` those from 12 up to, but not including, 15. They stand in the history again,
/// with new numbers.
///
/// ```relume
/// 6 * 7
/// rerun 1
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Rerun {
    /// The number of a statement, or a range of numbers: `history` lists them.
    pub which: Expression,
}

/// Statements that run themselves again, at most so deep.
const DEEPEST: usize = 32;

impl Command for Rerun {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        let expr = given.required("which")?;
        let texts = statements(session, expr)?;
        if session.journal.depth() > DEEPEST {
            return Err(Failure::at(expr.span, "these statements run themselves again"));
        }
        for text in texts {
            session.output.remark(&format!("> {text}"));
            let number = session.journal.add(&*text);
            // What is run again may be one of many statements of a line.
            if let Err(failure) = session.run(&text, &Source::Prompt) {
                session.journal.mark_failed(number);
                session.report(&failure, &text, &Source::Prompt);
                let what = "a statement that was run again failed";
                return Err(Failure::at(expr.span, what).around(&failure));
            }
            if session.is_over() {
                break;
            }
        }
        Ok(())
    }
}

/// The statements that are to be run again.
fn statements(session: &mut Session, expr: &Expr) -> Result<Vec<String>, Failure> {
    let (start, end) = match session.evaluate(expr)? {
        Value::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => (n as i64, n as i64 + 1),
        Value::Range(start, end) => (start, end),
        other => {
            return Err(Failure::at(
                expr.span,
                format!("the number of a statement is wanted here, not {}", other.kind()),
            )
            .help("rerun 12   or   rerun 12..15: `history` lists the numbers"));
        }
    };
    let count = session.journal.entries.len();
    let refused =
        |message: String| Failure::at(expr.span, message).help("`history` lists the numbers");
    if start >= end {
        return Err(refused(format!("{start}..{end} holds no statement")));
    }
    if start < 1 || end - 1 > count as i64 {
        return Err(refused(match count {
            0 => "there is no statement yet".to_string(),
            _ => format!("the statements have numbers from 1 to {count}"),
        }));
    }
    let range = numbered(start, end, count);
    Ok(session.journal.entries[range].iter().map(|entry| entry.text.clone()).collect())
}
