//! A session: what names stand for, and the running of statements.

use crate::commands;
use crate::eval::Differentiated;
use crate::syntax::{self, Expr, ExprKind, Span, Statement, StatementKind};
use crate::{Diagnostic, ExitCode, Failure, Output, Value, show};
use relume_autograd::Tape;
use relume_training::Interrupt;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Where a text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Typed at the prompt.
    Prompt,
    /// Given with `-c`.
    Argument,
    /// Standard input.
    Pipe,
    /// A file.
    File(String),
}

impl Source {
    /// The name in front of line and column; none at the prompt.
    pub fn name(&self) -> Option<&str> {
        match self {
            Source::Prompt => None,
            Source::Argument => Some("-c"),
            Source::Pipe => Some("<stdin>"),
            Source::File(path) => Some(path),
        }
    }
}

/// What `set` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of networks that are defined from now on.
    pub seed: u64,
}

/// A session.
#[derive(Debug)]
pub struct Session {
    pub(crate) names: BTreeMap<String, Value>,
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    pub(crate) interrupt: Interrupt,
    /// The tape of a gradient that is being taken.
    pub(crate) tape: Option<Tape>,
    /// What that gradient is taken with respect to.
    pub(crate) differentiated: Option<Differentiated>,
    /// The paths of the parameters that names were read from.
    pub(crate) paths: BTreeMap<String, String>,
    /// Names of networks of which it was told that their weights come along.
    pub(crate) came_along: BTreeSet<String>,
    /// Whether networks are only checked, before the first line runs.
    pub(crate) is_looking_ahead: bool,
    /// Whether to go on after an error in a file or a pipe.
    pub keep_going: bool,
    /// What was typed, for `history`.
    pub(crate) typed: Vec<String>,
    /// Files that are being run, to find those that run themselves.
    pub(crate) running: Vec<String>,
    pub(crate) quit: bool,
}

impl Session {
    /// A session without names.
    pub fn new(output: Output) -> Self {
        Session {
            names: BTreeMap::new(),
            settings: Settings { seed: 0 },
            output,
            interrupt: Interrupt::default(),
            tape: None,
            differentiated: None,
            paths: BTreeMap::new(),
            came_along: BTreeSet::new(),
            is_looking_ahead: false,
            keep_going: false,
            typed: Vec::new(),
            running: Vec::new(),
            quit: false,
        }
    }

    /// The wish to stop that Ctrl-C sets.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Takes the wish to stop back, and says what was stopped.
    pub(crate) fn acknowledge_interrupt(&mut self, remark: &str) {
        self.interrupt.take();
        self.output.remark(remark);
    }

    /// Whether `quit` was said, or the output has no reader any more.
    pub fn is_over(&self) -> bool {
        self.quit || self.output.is_closed()
    }

    /// Parses a text as a whole, then runs it statement by statement.
    ///
    /// # Errors
    /// The first place that cannot be understood (nothing was run then), or the first statement that failed.
    pub fn run(&mut self, text: &str, source: &Source) -> Result<(), Failure> {
        let verbs = commands::verbs();
        let statements = syntax::parse(text, &verbs)?;
        // Who wants to go on in any case is told of each mistake when its turn comes.
        if *source != Source::Prompt && !self.keep_going {
            self.is_looking_ahead = true;
            let checked = self.check_ahead(&statements);
            self.is_looking_ahead = false;
            checked?;
        }
        let mut first_failure = None;
        for statement in &statements {
            if self.is_over() {
                break;
            }
            if let Err(failure) = self.statement(statement) {
                if !self.keep_going
                    || *source == Source::Prompt
                    || failure.code == ExitCode::Interrupted
                {
                    return Err(failure);
                }
                self.report(&failure, text, source);
                first_failure.get_or_insert(failure);
            }
        }
        match first_failure {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// What a single expression evaluates to.
    ///
    /// # Errors
    /// A text that is no expression, or one that cannot be evaluated.
    pub fn value(&mut self, text: &str) -> Result<Value, Failure> {
        match syntax::parse(text, &commands::verbs())?.as_slice() {
            [Statement { kind: StatementKind::Expression(expr), .. }] => self.evaluate(expr),
            _ => Err(Failure::at(Span::new(0, text.len()), "an expression is wanted here")),
        }
    }

    /// Shows a failure on standard error, with file, line and column where it has them.
    pub fn report(&mut self, failure: &Failure, text: &str, source: &Source) {
        let Failure { diagnostic, text: own, .. } = failure;
        let mut shown = String::new();
        if let Some(name) = source.name() {
            let placed = Diagnostic {
                span: diagnostic.span.filter(|_| own.is_none()),
                ..diagnostic.clone()
            };
            let (line, column) = placed.line_and_column(text);
            shown += &format!("{name}:{line}:{column}: ");
        }
        shown += &diagnostic.render(own.as_deref().unwrap_or(text));
        self.output.remark_raw(&shown);
    }

    /// Networks whose input is given are checked before the first line runs.
    fn check_ahead(&mut self, statements: &[Statement]) -> Result<(), Failure> {
        for statement in statements {
            if let StatementKind::Define { value, .. } = &statement.kind
                && begins_with_input(value)
                && let Err(failure) = self.evaluate(value)
                && failure.is_shape
            {
                return Err(failure);
            }
        }
        Ok(())
    }

    pub(crate) fn statement(&mut self, statement: &Statement) -> Result<(), Failure> {
        if self.interrupt.is_set() {
            self.acknowledge_interrupt("interrupted; what was done before this stays");
            return Err(Failure::interrupted(statement.span, "interrupted before this"));
        }
        match &statement.kind {
            StatementKind::Define { name, name_span, value } => {
                self.define(name, *name_span, value)
            }
            StatementKind::Expression(expr) => {
                let value = self.evaluate(expr)?;
                self.show_value(value);
                Ok(())
            }
            StatementKind::Command { verb, verb_span, words } => {
                commands::run(self, verb, *verb_span, words)
            }
            StatementKind::For { name, list, body } => self.repeat(name, list, body),
            StatementKind::Time(inner) => {
                let start = Instant::now();
                self.statement(inner)?;
                let seconds = start.elapsed().as_secs_f64();
                self.output.remark(&format!("took {}", crate::progress::duration(seconds)));
                Ok(())
            }
            StatementKind::Assert(expr) => match self.evaluate(expr)? {
                Value::Boolean(true) => Ok(()),
                Value::Boolean(false) => Err(self.assertion(expr)),
                other => Err(Failure::at(
                    expr.span,
                    format!("assert wants a condition, not {}", other.kind()),
                )),
            },
            StatementKind::Help(topic) => {
                commands::help(self, topic.as_ref().map(|(topic, span)| (topic.as_str(), *span)))
            }
        }
    }

    /// A failed assertion says what its two sides were.
    fn assertion(&mut self, expr: &Expr) -> Failure {
        let failure = Failure::at(expr.span, "the assertion does not hold");
        match &expr.kind {
            ExprKind::Binary(_, left, right) => {
                let sides =
                    [left, right].map(|side| self.evaluate(side).map(|value| show::show(&value)));
                match sides {
                    [Ok(left), Ok(right)] => {
                        failure.help(format!("the left side is {left}, the right side {right}"))
                    }
                    _ => failure,
                }
            }
            _ => failure,
        }
    }

    fn define(&mut self, name: &str, span: Span, expr: &Expr) -> Result<(), Failure> {
        if name == "_" {
            return Err(Failure::at(span, "`_` is the last value and cannot be defined"));
        }
        let value = self.evaluate(expr)?;
        match self.parameter_path(expr) {
            Some(path) => self.paths.insert(name.to_string(), path),
            None => self.paths.remove(name),
        };
        // A model's or data set's line says what it is; other values are known to who typed them.
        let shown = match &value {
            Value::Network(model) => Some(format!("{name}: {}", show::network(model))),
            Value::Data(data) => {
                let line = data.to_string();
                let rest = line.split_once(": ").map_or(line.as_str(), |(_, rest)| rest);
                Some(format!("{name}: {rest}"))
            }
            _ => None,
        };
        let json = value.json();
        self.names.insert(name.to_string(), value);
        if let Some(line) = shown {
            self.output.result(&line, || serde_json::json!({ "defined": name, "value": json }));
        }
        Ok(())
    }

    fn repeat(&mut self, name: &str, list: &Expr, body: &[Statement]) -> Result<(), Failure> {
        let items: Vec<Value> = match self.evaluate(list)? {
            Value::List(items) => items,
            Value::Range(start, end) => (start..end).map(|i| Value::Number(i as f64)).collect(),
            Value::Tensor(tensor) | Value::Sample(tensor, _) if tensor.rank() == 1 => {
                tensor.data().iter().map(|&x| Value::Number(f64::from(x))).collect()
            }
            other => {
                return Err(Failure::at(
                    list.span,
                    format!("`for` goes through a list or a range, not {}", other.kind()),
                ));
            }
        };
        for item in items {
            self.names.insert(name.to_string(), item);
            for statement in body {
                if self.is_over() {
                    return Ok(());
                }
                self.statement(statement)?;
            }
        }
        Ok(())
    }

    /// Shows a value and keeps it as `_`.
    pub(crate) fn show_value(&mut self, value: Value) {
        self.output.result(&show::show(&value), || serde_json::json!({ "value": value.json() }));
        self.names.insert("_".to_string(), value);
    }
}

fn begins_with_input(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Chain(stages) => stages.first().is_some_and(begins_with_input),
        ExprKind::Call { callee, .. } => {
            matches!(&callee.kind, ExprKind::Name(name) if name == "input")
        }
        _ => false,
    }
}
