//! Habits of other languages and libraries: what the line would be here.
//!
//! Nothing here is asked before a statement has failed, so that no valid statement changes its meaning or gets slower.
//! Then the tables of [`Rule`]s are held against what was typed. If one fits where the failure is, the whole statement
//! is rewritten by all that fit, until none does; what comes out is shown if it parses.

mod arguments;
mod blocks;
mod calls;
mod characters;
mod classes;
mod fill;
mod pattern;
mod rule;
mod scan;
mod table;

pub(crate) use arguments::own_name;

use crate::syntax::{self, Body, Span, Statement, StatementKind};
use crate::{ExitCode, Failure, Session, Value, commands};
use classes::Known;
use fill::Own;
use pattern::{Pattern, Scanned, patterns};
use rule::Rule;
use scan::PieceKind;

/// Words of other languages that mean one thing alone. They are understood where nothing else has the name.
pub(crate) const VALUES: [(&str, bool); 2] = [("True", true), ("False", false)];

/// Longer statements, in bytes, were not typed by hand: no habit shows in them.
const LONGEST: usize = 10_000;

/// Longer texts, in bytes, are not taken apart once more: they would take too much memory.
const LONGEST_TEXT: usize = 1 << 20;

/// Rewriting steps after which a statement is left alone.
const MOST_STEPS: usize = 80;

/// A failure with the line that was meant, if a habit shows in what failed: in the innermost statement around it, also
/// in a function's. Of a text that does not parse, the line of the failure counts.
pub(crate) fn explain(session: &Session, failure: Failure, text: &str) -> Failure {
    let is_own = failure.text.is_none() && !failure.is_assertion;
    let is_a_mistake = matches!(failure.code, ExitCode::Failed | ExitCode::Syntax);
    let Some(place) = failure.diagnostic.span.filter(|_| is_own && is_a_mistake) else {
        return failure;
    };
    let within = failure.trace.as_ref().map(|trace| trace.text.clone());
    let text = within.as_ref().map_or(text, |within| within.text.as_str());
    if text.len() > LONGEST_TEXT {
        return failure;
    }
    let names = session.names.keys().map(String::as_str);
    let region = match syntax::parse_with(text, &commands::verbs(), names) {
        Ok(statements) => innermost(&statements, place).unwrap_or(place),
        Err(_) => line_around(text, place.start),
    };
    let place = Span::new(place.start.min(region.end), place.end.min(region.end));
    let Some(typed) = text.get(region.start..region.end) else { return failure };
    if typed.len() > LONGEST {
        return failure;
    }
    let Some(within) = place.start.checked_sub(region.start) else { return failure };
    let mistake = Mistake {
        session,
        typed,
        place: Span::new(within, within + (place.end - place.start)),
        message: &failure.diagnostic.message,
    };
    match mistake.suggestion() {
        Some(suggestion) => suggestion.add_to(failure, region.start),
        None => failure,
    }
}

/// The innermost statement around a place.
fn innermost(statements: &[Statement], place: Span) -> Option<Span> {
    let is_around = |own: &&Statement| own.span.start <= place.start && place.start <= own.span.end;
    let statement = statements.iter().rfind(is_around)?;
    let inside = match &statement.kind {
        StatementKind::If { arms, otherwise } => {
            let blocks = arms.iter().map(|(_, block)| block).chain([otherwise]);
            blocks.filter_map(|block| innermost(block, place)).next()
        }
        StatementKind::While { body, .. } | StatementKind::For { body, .. } => {
            innermost(body, place)
        }
        StatementKind::Try { body, otherwise, .. } => {
            innermost(body, place).or_else(|| innermost(otherwise, place))
        }
        StatementKind::Time(inner) => innermost(std::slice::from_ref(inner), place),
        StatementKind::Function(function) => match &function.body {
            Body::Block(body) => innermost(body, place),
            Body::Expression(_) => None,
        },
        _ => None,
    };
    inside.or(Some(statement.span))
}

/// The line of a place with those that its brackets and, as in Python, its indented block take in.
fn line_around(text: &str, place: usize) -> Span {
    let pieces = scan::pieces(text);
    let is_newline = |piece: &&scan::Piece| piece.kind == PieceKind::End && piece.of(text) == "\n";
    let newlines: Vec<usize> = pieces.iter().filter(is_newline).map(|piece| piece.start).collect();
    let at = newlines.partition_point(|&newline| newline < place);
    let start = at.checked_sub(1).map_or(0, |before| newlines[before] + 1);
    let mut ends = newlines[at..].iter().copied().chain([text.len()]);
    let mut end = ends.next().unwrap_or(text.len());
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(&text[start..end]);
    let begins_block = blocks::in_braces(&text[start..end]).is_some();
    for next in ends.filter(|_| begins_block) {
        let line = &text[end.min(text.len())..next];
        let line = line.strip_prefix('\n').unwrap_or(line);
        let word =
            line.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let goes_on = ["elif", "else", "except", "finally"].contains(&word);
        if line.trim().is_empty() || (indent(line) <= own && !goes_on) {
            break;
        }
        end = next;
    }
    Span::new(start, end)
}

/// What failed.
struct Mistake<'a> {
    session: &'a Session,
    /// The statement or line.
    typed: &'a str,
    /// Where in it.
    place: Span,
    /// The error's own sentence.
    message: &'a str,
}

/// What to write instead.
struct Suggestion {
    lines: Vec<String>,
    notes: Vec<&'static str>,
    /// A sentence about what is wrong, and its place in what was typed.
    says: Option<(&'static str, Span)>,
    /// Whether the error's own help stays: no habit of the tables says more.
    keeps_help: bool,
}

impl Suggestion {
    fn add_to(self, mut failure: Failure, offset: usize) -> Failure {
        if let Some((says, span)) = self.says {
            failure.diagnostic.message = says.to_string();
            failure.diagnostic.span = Some(Span::new(offset + span.start, offset + span.end));
        }
        let heads = ["write: ", "   or: "];
        let lines =
            self.lines.iter().enumerate().map(|(i, line)| format!("{}{line}", heads[i.min(1)]));
        let notes = self.notes.iter().map(|note| (*note).to_string());
        let own = failure.diagnostic.help.clone().filter(|_| self.keeps_help);
        let help: Vec<String> = lines.chain(notes).chain(own).collect();
        match help.is_empty() {
            true => failure,
            false => failure.help(help.join("\n      ")),
        }
    }
}

/// Text on its way to what is shown.
struct Rewritten {
    text: String,
    notes: Vec<&'static str>,
    /// How many readings the habits have that were applied.
    readings: usize,
}

/// A text to be rewritten.
struct Prepared {
    /// The habit at the place of the failure, if it is one of the tables.
    hit: Option<(&'static Rule, Span)>,
    text: String,
    /// Whether the error's own help stays.
    keeps_help: bool,
}

/// What an error says of a command that stands where a value should.
pub(crate) const A_COMMAND: &str = "is a command: its words stand without brackets and commas";

impl Mistake<'_> {
    fn suggestion(&self) -> Option<Suggestion> {
        let Prepared { hit, text: prepared, keeps_help } = self.prepared()?;
        let (mut lines, mut notes) = (Vec::new(), Vec::new());
        let mut readings = 1;
        let mut reading = 0;
        while reading < readings {
            if let Some(rewritten) = self.rewrite(&prepared, reading) {
                readings = rewritten.readings;
                notes.extend(rewritten.notes);
                let line = rewritten.text.trim().to_string();
                let is_new =
                    line != self.typed.trim() && !line.is_empty() && !lines.contains(&line);
                if is_new && self.parses(&line) {
                    lines.push(line);
                }
            }
            reading += 1;
        }
        let says =
            hit.filter(|(rule, _)| !rule.says.is_empty()).map(|(rule, span)| (rule.says, span));
        notes.extend(hit.map(|(rule, _)| rule.note));
        notes.retain(|note| !note.is_empty());
        let mut seen = Vec::new();
        notes.retain(|note| {
            !seen.contains(note) && {
                seen.push(*note);
                true
            }
        });
        notes.truncate(3);
        (!lines.is_empty() || !notes.is_empty()).then_some(Suggestion {
            lines,
            notes,
            says,
            keeps_help,
        })
    }

    /// The habit at the place of the failure, if it is one of the tables, and the text to be rewritten: in one line,
    /// with the language's own characters and braces. None if nothing shows a habit.
    fn prepared(&self) -> Option<Prepared> {
        let hit = self.hit();
        let prepared = |text| Some(Prepared { hit, text, keeps_help: hit.is_none() });
        if let Some(braces) = blocks::in_braces(self.typed) {
            return prepared(characters::plain(&braces).map_or(braces, |(plain, _)| plain));
        }
        let line = one_line(self.typed);
        if let Some((plain, _)) = characters::plain(&line) {
            return prepared(plain);
        }
        if let Some(closed) = characters::closed(&line) {
            return prepared(closed);
        }
        if hit.is_none() && self.message.contains(A_COMMAND) {
            let command = calls::as_command(&line, &self.own());
            return command.map(|text| Prepared { hit, text, keeps_help: false });
        }
        hit.and_then(|_| prepared(line))
    }

    /// What the session has, for what was not typed.
    fn own(&self) -> Own<'_> {
        Own {
            network: self.first(|value| matches!(value, Value::Network(_))),
            data: self.first(|value| matches!(value, Value::Data(_))),
            is_defined: &|_| false,
        }
    }

    /// The first habit that stands where the failure is.
    fn hit(&self) -> Option<(&'static Rule, Span)> {
        let scanned = Scanned::new(self.typed);
        let are_near = |(rule, _): &&(&Rule, Pattern)| self.message.contains(rule.when);
        patterns().iter().filter(are_near).find_map(|(rule, pattern)| {
            let mut from = 0;
            while let Some((at, found)) = pattern.find(&scanned, from, self) {
                if found.start <= self.place.end && self.place.start <= found.end {
                    return Some((*rule, Span::new(found.start, found.end)));
                }
                from = at + 1;
            }
            None
        })
    }

    /// Applies habits until none fits; where one has several readings, the given one.
    fn rewrite(&self, text: &str, reading: usize) -> Option<Rewritten> {
        let own = Own { is_defined: &|name| self.is_defined(name), ..self.own() };
        let mut rewritten = Rewritten { text: text.to_string(), notes: Vec::new(), readings: 1 };
        for _ in 0..MOST_STEPS {
            let scanned = Scanned::new(&rewritten.text);
            let mut writing = patterns().iter().filter(|(rule, _)| !rule.write.is_empty());
            let step = writing.find_map(|(rule, pattern)| {
                let (_, found) = pattern.find(&scanned, 0, self)?;
                let template = rule.write.get(reading).or(rule.write.first())?;
                let filled = fill::fill(template, &found.captures, &own);
                Some((
                    rule,
                    format!(
                        "{}{filled}{}",
                        &scanned.text[..found.start],
                        &scanned.text[found.end..]
                    ),
                ))
            });
            let Some((rule, text)) = step else { return Some(rewritten) };
            rewritten.text = text;
            rewritten.notes.push(rule.note);
            rewritten.readings = rewritten.readings.max(rule.write.len());
        }
        None
    }

    fn parses(&self, line: &str) -> bool {
        let names = self.session.names.keys().map(String::as_str);
        syntax::parse_with(line, &commands::verbs(), names).is_ok()
    }

    /// The first name that stands for a value of a kind.
    fn first(&self, fits: fn(&Value) -> bool) -> Option<&str> {
        let mut names = self.session.names.iter();
        let found = names.find(|(name, value)| *name != "_" && fits(value));
        found.map(|(name, _)| name.as_str())
    }
}

impl Known for Mistake<'_> {
    fn is_defined(&self, name: &str) -> bool {
        self.session.names.contains_key(name)
    }

    fn is_list(&self, name: &str) -> bool {
        matches!(self.session.names.get(name), Some(Value::List(_)))
    }

    fn is_data(&self, name: &str) -> bool {
        matches!(self.session.names.get(name), Some(Value::Data(_) | Value::Part(_)))
            || crate::tables::find(relume_catalog::Kind::Data, name).is_some()
    }
}

/// A statement of several lines in one, without remarks.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let end = scan::pieces(line).last().map_or(0, |piece| piece.end);
        line[..end].trim()
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
