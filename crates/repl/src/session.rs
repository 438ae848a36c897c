//! A session: its state, and the running of texts.

use crate::commands;
use crate::data_facts::KnownData;
use crate::diagnostic::{excerpt, line_and_column};
use crate::eval::{Came, Differentiated};
use crate::habits;
use crate::lines::cut;
use crate::names::Names;
use crate::sessions::{Autosave, Journal, KeptRuns, ScriptArgument, Settings};
use crate::signals::Stops;
use crate::syntax::{self, Expr, ExprKind, Span, Statement, StatementKind};
use crate::undo::Kept;
use crate::{
    Diagnostic, ExitCode, Failure, FailureKind, Output, Source, Text, Trace, Value, json, show,
};
use relume_autograd::Tape;
use relume_tensor::Rng;
use relume_training::group::Group;
use relume_training::{Interrupt, KnownRuns};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// A session.
#[derive(Debug)]
pub struct Session {
    pub(crate) names: Names,
    /// The text that is being run: the places of its statements and expressions belong to it.
    pub(crate) text: Arc<Text>,
    /// Where the stack stood when the outermost text began.
    pub(crate) stack: Option<usize>,
    pub(crate) settings: Settings,
    /// Where trainings are kept.
    pub(crate) kept_runs: KeptRuns,
    pub(crate) output: Output,
    /// What signals ask for.
    pub(crate) stops: Stops,
    /// Where the outermost text came from.
    outermost: Source,
    /// The generator that random numbers are drawn from one after the other, once the first were.
    pub(crate) generator: Option<Rng>,
    /// The tape of a gradient that is being computed.
    pub(crate) tape: Option<Tape>,
    /// The variable of that gradient.
    pub(crate) differentiated: Option<Differentiated>,
    /// Names of networks of which it was told that their weights come along, and what with them.
    pub(crate) came_along: BTreeMap<String, Came>,
    /// What was told of networks and data before training, each once.
    pub(crate) told: BTreeSet<String>,
    /// The trainings of comparisons that were done: an interrupted one goes on from there.
    pub(crate) known_runs: KnownRuns,
    /// What the samples of the data are like that were looked at last.
    pub(crate) data_facts: Option<KnownData>,
    /// Whether networks are only checked, before the first line runs.
    pub(crate) is_looking_ahead: bool,
    /// Whether to continue after an error in a file or a pipe.
    pub keep_going: bool,
    /// Statements, rounds of loops and calls of functions that may still begin before the text is stopped as by Ctrl-C;
    /// any number if none. It is for programs that run texts of other people.
    pub steps_left: Option<u64>,
    /// What was typed, and what of it took effect.
    pub(crate) journal: Journal,
    /// What is kept of the session on the disk while it lasts, at the prompt.
    pub(crate) autosave: Option<Autosave>,
    /// The folders of the sessions that `restore` can bring back, by their numbers.
    pub(crate) lost: Vec<PathBuf>,
    /// The arguments of the script that is being run.
    pub(crate) given: Vec<ScriptArgument>,
    /// Counts the lines whose statements are undone together.
    line: usize,
    /// Files that are being run, to find those that run themselves.
    pub(crate) running: Vec<String>,
    /// Whether a text that was run may write files: it then runs to its end, also when its results are not read.
    writes_files: bool,
    pub(crate) quit: bool,
    /// Whether several processes have agreed that a signal, or results that are no longer shown, end them.
    pub(crate) is_ended: bool,
    /// Why this process cannot go on with the others.
    pub(crate) apart: Option<String>,
}

impl Session {
    /// A session without names.
    pub fn new(output: Output) -> Self {
        Session {
            names: Names::default(),
            text: Arc::default(),
            stack: None,
            settings: Settings::default(),
            kept_runs: KeptRuns::default(),
            output,
            stops: Stops::default(),
            outermost: Source::Prompt,
            generator: None,
            tape: None,
            differentiated: None,
            came_along: BTreeMap::new(),
            told: BTreeSet::new(),
            known_runs: KnownRuns::default(),
            data_facts: None,
            is_looking_ahead: false,
            keep_going: false,
            steps_left: None,
            journal: Journal::default(),
            autosave: None,
            lost: Vec::new(),
            given: Vec::new(),
            line: 0,
            running: Vec::new(),
            writes_files: false,
            quit: false,
            is_ended: false,
            apart: None,
        }
    }

    /// Where its results and remarks go.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// The request to stop that Ctrl-C makes.
    pub fn interrupt(&self) -> Interrupt {
        self.stops.interrupt().clone()
    }

    /// Withdraws the request to stop, and reports what was stopped.
    pub(crate) fn acknowledge_interrupt(&mut self, remark: &str) {
        self.stops.interrupt().take();
        self.output.remark(remark);
    }

    /// Whether `quit` was run, a signal ends the program, or results are no longer shown and the text that runs does
    /// nothing but show them.
    pub fn is_over(&self) -> bool {
        let is_ended = match Group::is_current_several() {
            // None ends before the others know.
            true => self.is_ended || self.apart.is_some(),
            false => self.shows_in_vain() || self.stops.code().is_some(),
        };
        self.quit || is_ended
    }

    /// Whether results are no longer shown and the text that runs does nothing but show them.
    pub(crate) fn shows_in_vain(&self) -> bool {
        self.output.is_lost() && !self.writes_files
    }

    /// Why this process cannot go on with the others, if it cannot: it must end, and all others with it.
    pub fn apart(&self) -> Option<&str> {
        self.apart.as_deref()
    }

    /// Tells, on any thread, whether a signal ends the program.
    pub fn is_ending(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let stops = self.stops.clone();
        move || stops.code().is_some()
    }

    /// The exit code with which a signal ends the program: 143 for SIGTERM, 129 for SIGHUP.
    pub fn ending(&self) -> Option<u8> {
        self.stops.code()
    }

    /// Whether the program ends when a statement is interrupted: it runs a file or a pipe, and no prompt follows.
    pub(crate) fn ends_when_interrupted(&self) -> bool {
        self.outermost != Source::Prompt
    }

    /// Parses a text as a whole, then runs it statement by statement.
    ///
    /// # Errors
    /// The first place that cannot be parsed (nothing was run then), or the first statement that failed.
    pub fn run(&mut self, text: &str, source: &Source) -> Result<(), Failure> {
        self.journal.enter(self.settings.seed);
        let _running = self.stops.running();
        let result = match self.parse(text) {
            Ok(statements) => {
                self.within(text, source, |session| session.run_statements(&statements, source))
            }
            Err(failure) => {
                self.typed_in_vain(text);
                Err(habits::explain(self, failure, text))
            }
        };
        self.journal.leave();
        result
    }

    fn parse(&self, text: &str) -> Result<Vec<Statement>, Failure> {
        let names = self.names.keys().map(String::as_str);
        let parsed = syntax::parse_with(text, &commands::verbs(), names);
        Ok(parsed.map_err(|error| commands::with_what_follows(error, text))?)
    }

    /// Does something with the statements of a text: while it goes on, places belong to that text.
    pub(crate) fn within<T>(
        &mut self,
        text: &str,
        source: &Source,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.writes_files |= *source != Source::Prompt && writes_files(text);
        let text = Text { text: text.to_string(), source: source.clone() };
        let outer = std::mem::replace(&mut self.text, Arc::new(text));
        let is_outermost = self.stack.is_none();
        if is_outermost {
            self.outermost = source.clone();
        }
        self.begin_stack();
        let result = run(self);
        if is_outermost {
            self.stack = None;
        }
        self.text = outer;
        result
    }

    fn run_statements(&mut self, statements: &[Statement], source: &Source) -> Result<(), Failure> {
        // With --keep-going, each mistake is reported when its statement is reached.
        if *source != Source::Prompt && !self.keep_going {
            self.is_looking_ahead = true;
            let checked = self.check_ahead(statements);
            self.is_looking_ahead = false;
            checked?;
        }
        // Of a file without an `undo`, nothing is kept for it.
        let is_kept = !self.names.is_step_open()
            && (*source == Source::Prompt || self.text.text.contains("undo"));
        self.line += usize::from(is_kept);
        let mut first_failure = None;
        for statement in statements {
            if self.is_over() {
                break;
            }
            let result = match is_kept {
                true => self.kept_statement(statement, source),
                false => self.typed_statement(statement),
            };
            if let Err(failure) = result {
                let text = self.text.clone();
                let failure = habits::explain(self, failure, &text.text);
                if !self.keep_going
                    || *source == Source::Prompt
                    || failure.code == ExitCode::Interrupted
                    || failure.kind == FailureKind::Ranks
                {
                    return Err(failure);
                }
                self.report(&failure, &text.text, source);
                first_failure.get_or_insert(failure);
            }
        }
        match first_failure {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// Runs a statement whose changes `undo` can take back: at the prompt with those of its line.
    fn kept_statement(&mut self, statement: &Statement, source: &Source) -> Result<(), Failure> {
        if *source != Source::Prompt {
            self.line += 1;
        }
        let line = self.line;
        let before = self.journal.records.len();
        self.names.open_step();
        let result = self.typed_statement(statement);
        let records = self.journal.records.len().saturating_sub(before);
        let text = one_line(statement.span.of(&self.text.text));
        let is_restore =
            matches!(&statement.kind, StatementKind::Command { verb, .. } if verb == "restore");
        let restored = is_restore.then(Vec::new);
        if let Some(remark) = self.names.close_step(Kept { text, line, records, restored }) {
            self.output.remark(&remark);
        }
        result
    }

    /// The value of a single expression.
    ///
    /// # Errors
    /// A text that is not an expression, or one that cannot be evaluated.
    pub fn value(&mut self, text: &str) -> Result<Value, Failure> {
        match self.parse(text)?.as_slice() {
            [Statement { kind: StatementKind::Expression(expr), .. }] => {
                self.within(text, &Source::Prompt, |session| session.evaluate(expr))
            }
            _ => Err(Failure::at(Span::new(0, text.len()), "an expression is wanted here")),
        }
    }

    /// Writes a failure to standard error, with file, line and column if it has them.
    pub fn report(&mut self, failure: &Failure, text: &str, source: &Source) {
        let Failure { diagnostic, text: own, trace, .. } = failure;
        let (text, source) = match trace {
            Some(trace) => (trace.text.text.as_str(), &trace.text.source),
            None => (text, source),
        };
        let mut shown = String::new();
        if let Some(name) = source.name() {
            let placed = Diagnostic {
                span: diagnostic.span.filter(|_| own.is_none()),
                ..diagnostic.clone()
            };
            let (line, column) = placed.line_and_column(text);
            shown += &format!("{name}:{line}:{column}: ");
        }
        let calls = trace.as_deref().map_or_else(String::new, calls);
        shown += &diagnostic.render_called(own.as_deref().unwrap_or(text), &calls);
        self.output.error(&shown, || json::error(failure, text, source));
    }

    /// Networks with a given input are checked before the first line runs.
    fn check_ahead(&mut self, statements: &[Statement]) -> Result<(), Failure> {
        for statement in statements {
            if let StatementKind::Assign(assignment) = &statement.kind
                && let value = &assignment.value
                && begins_with_input(value)
                && let Err(failure) = self.stoppable(value.span, |own| own.evaluate(value))
                && matches!(failure.kind, FailureKind::Shape | FailureKind::Interrupted)
            {
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Shows a value and keeps it as `_`.
    pub(crate) fn show_value(&mut self, value: Value) {
        let value = self.concrete(value);
        let text = show::styled(&value, self.settings.style);
        self.output.result(&text, || json::value(&value));
        self.names.insert("_".to_string(), value);
    }
}

/// Whether a text has a word that stands for writing a file, or for running another text.
fn writes_files(text: &str) -> bool {
    const WORDS: [&str; 7] =
        ["save", "to", "run", "transcript", "checkpoint", "runs", "tensorboard"];
    /// Longer texts are not taken apart for this: they would take too much memory.
    const LONG: usize = 1 << 20;
    if !WORDS.iter().any(|word| text.contains(word)) {
        return false;
    }
    let is_one = |token: &syntax::Token| match &token.kind {
        syntax::TokenKind::Name(name) => WORDS.contains(&name.as_str()),
        _ => false,
    };
    text.len() > LONG || syntax::tokens(text).is_ok_and(|tokens| tokens.iter().any(is_one))
}

/// A statement in one line, cut if it is long.
pub(crate) fn one_line(text: &str) -> String {
    const MOST: usize = 72;
    cut(&text.split_whitespace().collect::<Vec<_>>().join(" "), MOST)
}

/// The calls that led to a failure, from the inside, each with its place.
fn calls(trace: &Trace) -> String {
    let mut out = String::new();
    for (i, call) in trace.calls.iter().enumerate() {
        if trace.skipped > 0 && i + 1 == trace.calls.len() {
            let calls = if trace.skipped == 1 { "call" } else { "calls" };
            out += &format!("... {} more {calls} ...\n", trace.skipped);
        }
        let (line, column) = line_and_column(&call.text.text, call.span.start);
        let place = call.text.source.name();
        let place = place.map_or_else(String::new, |name| format!(" at {name}:{line}:{column}"));
        out += &format!("in {}, called here{place}\n", call.function);
        out += &excerpt(&call.text.text, call.span);
    }
    out
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
