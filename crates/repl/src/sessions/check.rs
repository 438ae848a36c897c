//! `relume --check`: reads a text without running it, and finds as many mistakes as it can.
//!
//! Networks and numbers that depend on nothing but the text are evaluated, so that their arguments and shapes are
//! checked. Data are not read and functions are not called: what depends on them is taken for right.

use crate::eval::RUNS;
use crate::habits::own_name;
use crate::syntax::{
    self, Assignment, Expr, ExprKind, Name, Span, Statement, StatementKind, Subscript, SyntaxError,
    Word,
};
use crate::tables::{self, KINDS};
use crate::{Failure, Session, Source, commands};
use relume_catalog::{Kind, nearest};
use std::collections::BTreeSet;

/// What begins a network stands in no table.
const INPUT: &str = "input";

/// Mistakes after which no more are looked for.
const MOST: usize = 100;

impl Session {
    /// The mistakes of a text, in its order; nothing of it is run.
    pub fn check(&mut self, text: &str, source: &Source) -> Vec<Failure> {
        let (statements, errors) = parse_on(text);
        let mut failures: Vec<Failure> = errors.into_iter().map(Failure::from).collect();
        self.is_looking_ahead = true;
        failures.extend(self.within(text, source, |session| {
            let mut check = Check::new(session);
            check.statements(&statements);
            check.failures
        }));
        self.is_looking_ahead = false;
        failures.sort_by_key(|failure| failure.diagnostic.span.map_or(0, |span| span.start));
        failures.truncate(MOST);
        failures
    }
}

/// The statements of a text, those left out that do not parse, and what is wrong with them.
fn parse_on(text: &str) -> (Vec<Statement>, Vec<SyntaxError>) {
    let verbs = commands::verbs();
    let mut rest = text.to_string();
    let mut errors: Vec<SyntaxError> = Vec::new();
    while errors.len() < MOST {
        let error = match syntax::parse(&rest, &verbs) {
            Ok(statements) => return (statements, errors),
            Err(error) => commands::with_what_follows(error, &rest),
        };
        let span = error.span;
        // Of a block whose beginning was wrong, the end is left over.
        let is_left_over = !errors.is_empty() && rest.get(span.start..span.end) == Some("}");
        let range = if is_left_over { span } else { statement_around(&rest, span, &verbs) };
        if rest.get(range.start..range.end).is_none_or(|place| place.trim().is_empty()) {
            errors.push(error);
            return (Vec::new(), errors);
        }
        if !is_left_over {
            errors.push(error);
        }
        rest = blanked(&rest, range);
    }
    (Vec::new(), errors)
}

/// A text with spaces instead of a part of it; lines stay where they are.
fn blanked(text: &str, part: Span) -> String {
    let blank: String = text[part.start..part.end]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    format!("{}{blank}{}", &text[..part.start], &text[part.end..])
}

/// Open blocks in which a statement is looked for.
const DEEPEST: usize = 4;

/// The lines of the statement that a place belongs to: from the last line before which all is whole, to the place's own
/// line and those further in that follow.
fn statement_around(text: &str, place: Span, verbs: &[&str]) -> Span {
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let is_whole = |start: usize| {
        (0..=DEEPEST).any(|open| {
            let before = format!("{}{}", &text[..start], "\n}".repeat(open));
            syntax::parse(&before, verbs).is_ok()
        })
    };
    let at = (0..=place.start.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    let own = line_start(at.unwrap_or(0));
    let mut start = own;
    while !is_whole(start) && start > 0 {
        start = line_start(start - 1);
    }
    let indent = |line: &str| line.len() - line.trim_start().len();
    let first = indent(&text[start..line_end(start)]);
    let mut end = line_end(own);
    while end < text.len() {
        let line = &text[end + 1..line_end(end + 1)];
        let goes_on = line.trim_start().starts_with("->") || indent(line) > first;
        if line.trim().is_empty() || !goes_on {
            break;
        }
        end = line_end(end + 1);
    }
    Span::new(start, end)
}

struct Check<'a> {
    session: &'a mut Session,
    /// Names that are defined, but whose values are not known.
    unknown: BTreeSet<String>,
    /// Whether names may be defined that are not seen, as by a file that is run.
    is_open: bool,
    /// Blocks around the statement: what they define may be otherwise after them.
    blocks: usize,
    failures: Vec<Failure>,
}

impl<'a> Check<'a> {
    fn new(session: &'a mut Session) -> Self {
        let (unknown, failures) = (BTreeSet::new(), Vec::new());
        Check { session, unknown, is_open: false, blocks: 0, failures }
    }

    fn statements(&mut self, statements: &[Statement]) {
        statements.iter().for_each(|statement| self.statement(&statement.kind));
    }

    fn block(&mut self, statements: &[Statement]) {
        self.blocks += 1;
        self.statements(statements);
        self.blocks -= 1;
    }

    fn statement(&mut self, kind: &StatementKind) {
        match kind {
            StatementKind::Assign(assignment) => self.assign(assignment),
            StatementKind::Function(function) => self.forget(&function.name.text),
            StatementKind::Expression(expr) | StatementKind::Assert(expr) => {
                self.value(expr);
            }
            StatementKind::Command { verb, words, .. } => self.command(verb, words),
            StatementKind::Print(values) => values.iter().for_each(|value| self.names(value)),
            StatementKind::Return(value) => value.iter().for_each(|value| self.names(value)),
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.names(condition);
                    self.block(body);
                }
                self.block(otherwise);
            }
            StatementKind::While { condition, body } => {
                self.names(condition);
                self.block(body);
            }
            StatementKind::For { names, items, body } => {
                self.names(items);
                names.iter().for_each(|name| self.forget(&name.text));
                self.block(body);
            }
            StatementKind::Try { body, error, otherwise } => self.caught(body, error, otherwise),
            StatementKind::Time(inner) => self.statement(&inner.kind),
            StatementKind::Help(_) | StatementKind::Break | StatementKind::Continue => {}
        }
    }

    /// What fails inside of `try` is caught.
    fn caught(&mut self, body: &[Statement], error: &Option<Name>, otherwise: &[Statement]) {
        let found = self.failures.len();
        self.block(body);
        self.failures.truncate(found);
        error.iter().for_each(|name| self.forget(&name.text));
        self.block(otherwise);
    }

    fn assign(&mut self, assignment: &Assignment) {
        let Assignment { targets, operator, value } = assignment;
        match &targets[..] {
            [target] if target.steps.is_empty() && operator.is_none() => {
                self.define(&target.name.text, value);
            }
            targets => {
                self.names(value);
                for target in targets {
                    if !target.steps.is_empty() || operator.is_some() {
                        self.name(&target.name.text, target.name.span);
                    }
                    self.forget(&target.name.text);
                }
            }
        }
    }

    fn define(&mut self, name: &str, expr: &Expr) {
        match self.value(expr) {
            Some(value) if self.blocks == 0 => {
                self.unknown.remove(name);
                self.session.names.insert(name, value);
            }
            _ => self.forget(name),
        }
    }

    /// The name stands for something that is not known.
    fn forget(&mut self, name: &str) {
        self.session.names.remove(name);
        self.unknown.insert(name.to_string());
    }

    /// The value of an expression that depends on the text alone.
    fn value(&mut self, expr: &Expr) -> Option<crate::Value> {
        if !self.is_known(expr) {
            self.names(expr);
            return None;
        }
        let value = self.session.evaluate(expr);
        value.map_err(|failure| self.failures.push(failure)).ok()
    }

    /// Whether an expression can be evaluated without data and without work.
    fn is_known(&self, expr: &Expr) -> bool {
        let all = |items: &[Expr]| items.iter().all(|item| self.is_known(item));
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Boolean(_) => true,
            ExprKind::Name(name) => self.is_own(name) || self.is_described(name),
            ExprKind::List(items) => all(items),
            ExprKind::Chain(stages) => all(stages),
            ExprKind::Unary(_, operand) => self.is_known(operand),
            ExprKind::Binary(_, left, right) => self.is_known(left) && self.is_known(right),
            ExprKind::Call { callee, arguments } => {
                let ExprKind::Name(name) = &callee.kind else { return false };
                self.is_described(name)
                    && arguments.iter().all(|argument| self.is_known(&argument.value))
            }
            _ => false,
        }
    }

    /// Refuses names that nothing defines.
    fn names(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::List(items) | ExprKind::Chain(items) => {
                items.iter().for_each(|item| self.names(item));
            }
            ExprKind::Unary(_, operand) => self.names(operand),
            ExprKind::Binary(_, left, right) | ExprKind::Range(left, right) => {
                self.names(left);
                self.names(right);
            }
            ExprKind::Call { callee, arguments } => {
                self.names(callee);
                arguments.iter().for_each(|argument| self.names(&argument.value));
            }
            ExprKind::Record(fields) => fields.iter().for_each(|field| self.names(&field.value)),
            ExprKind::Index(base, subscripts) => {
                self.names(base);
                for subscript in subscripts {
                    match subscript {
                        // A name may be that of a field.
                        Subscript::Item(Expr { kind: ExprKind::Name(_), .. })
                        | Subscript::Slice(_) => {}
                        Subscript::Item(item) => self.names(item),
                    }
                }
            }
            ExprKind::Spread(options) => self.names(options),
            ExprKind::Field(base, ..) => self.names(base),
            _ => {}
        }
    }

    /// Whether the text gave the name a value that is known.
    fn is_own(&self, name: &str) -> bool {
        self.session.names.contains_key(name)
    }

    /// Whether a table describes the name, other than as data that would have to be read, and the text does not give it
    /// another meaning.
    fn is_described(&self, name: &str) -> bool {
        let is_in = |kind: Kind| kind != Kind::Data && tables::find(kind, name).is_some();
        let is_in_tables = || KINDS.into_iter().any(is_in);
        !self.is_own(name) && !self.unknown.contains(name) && (name == INPUT || is_in_tables())
    }

    fn name(&mut self, name: &str, span: Span) {
        let is_defined = self.is_own(name) || self.unknown.contains(name);
        let is_in_tables = || {
            let kinds = KINDS.iter().chain(&[Kind::Function]);
            [INPUT, RUNS, "none", "None"].contains(&name)
                || kinds.copied().any(|kind| tables::find(kind, name).is_some())
        };
        if !self.is_open && name != "_" && !is_defined && !is_in_tables() {
            self.failures.push(self.session.unknown(name, span));
        }
    }

    fn command(&mut self, verb: &str, words: &[Word]) {
        match verb {
            "arguments" => return words.iter().for_each(|word| self.declare(word)),
            // Its own words are names and a file that may define others.
            "run" | "rerun" => self.is_open = true,
            // Their words need not be names of values.
            "delete" | "transcript" | "save" => return,
            "rename" => return self.rename(words),
            // Names stand for what they stood for before.
            "undo" | "redo" => {
                self.is_open = true;
                return;
            }
            _ => {}
        }
        let Some(entry) = tables::find(Kind::Command, verb) else { return };
        for word in words {
            if let Word::Named { name, name_span, .. } = word
                && verb != "run"
                && entry.argument(own_name(entry, name)).is_none()
            {
                let own = entry.arguments.iter().map(|argument| argument.name);
                let failure = Failure::at(*name_span, format!("{verb} has no argument `{name}`"));
                self.failures.push(match nearest(name, own) {
                    Some(near) => failure.help(format!("did you mean `{near}`?")),
                    None => failure.help(format!("`help {verb}` lists its arguments")),
                });
            }
            let (Word::Named { value, .. } | Word::Positional(value)) = word;
            self.names(value);
        }
    }

    /// `rename old to new`: the new name is defined from here on.
    fn rename(&mut self, words: &[Word]) {
        if let [Word::Positional(old), Word::Named { value: new, .. }] = words {
            self.names(old);
            if let ExprKind::Name(new) = &new.kind {
                self.forget(new);
            }
        }
    }

    /// A name that the text takes from outside.
    fn declare(&mut self, word: &Word) {
        match word {
            Word::Named { name, value, .. } => self.define(name, value),
            Word::Positional(Expr { kind: ExprKind::Name(name), .. }) => self.forget(name),
            Word::Positional(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Output;

    /// The places of a text's mistakes and what they are.
    fn found(text: &str) -> Vec<(usize, String)> {
        let mut session = Session::new(Output::captured().0);
        let failures = session.check(text, &Source::Pipe);
        let line = |failure: &Failure| failure.diagnostic.line_and_column(text).0;
        failures.iter().map(|failure| (line(failure), failure.diagnostic.message.clone())).collect()
    }

    #[test]
    fn all_mistakes_of_a_text_are_found_and_nothing_is_run() {
        for (text, expected) in [
            ("x = 1\ny = x + 1\n", vec![]),
            ("d = csv(\"nowhere.csv\")\ntrain m on d\n", vec![(2, "there is no `m`")]),
            (
                "x = [1, 2\ny = 3\nz = (4\n",
                vec![(2, "`,` or `]` is wanted here"), (3, "this bracket is never closed")],
            ),
            (
                "for i in 0..3 {\n  x = = 2\n  nothere\n}\ny = z\n",
                vec![(2, ""), (3, "there is no `nothere`"), (5, "there is no `z`")],
            ),
            (
                "a = input(4) -> dense(3)\nb = input(3, 8, 8) -> dense(2)\nc = dense(3, unitz=1)\n",
                vec![(2, "dense(2) wants"), (3, "dense has no argument `unitz`")],
            ),
            (
                "d = iris\nnet = dense(3)\ntrain net on d epoch=3\n",
                vec![(3, "train has no argument `epoch`")],
            ),
            ("net = dense(3) -> ,\n  -> relu\nnet\n", vec![(1, ""), (3, "there is no `net`")]),
            ("run \"other.relume\"\nwhatever\n", vec![]),
            ("arguments data lr=0.1\nlr + 1; data\n", vec![]),
            ("range = 0..10000000000000\nrange\n", vec![]),
            ("f(x) = x + y\nf(1)\nr = (a=1)\nr.a + r[a]\n", vec![]),
            ("relu(x) = x\nrelu(3)\ntry { nothere } else e { print e }\n", vec![]),
            (
                "if true { n = dense(3) } else { n = dense(4, unitz=1) }\nn\nx += 1\n",
                vec![(1, "dense has no argument `unitz`"), (3, "there is no `x`")],
            ),
        ] {
            let found = found(text);
            assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
            for ((line, message), (at, begins)) in found.iter().zip(expected) {
                assert!(*line == at && message.starts_with(begins), "{text}: {found:?}");
            }
        }
    }
}
