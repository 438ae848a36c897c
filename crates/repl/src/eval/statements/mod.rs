//! Statements: what running them does, and where it goes on after them.

mod assign;
mod condition;
mod function;
mod loops;
mod network;
mod print;

pub(super) use function::{no_parameter, place_of};

use crate::sessions::Ending;
use crate::syntax::{Expr, ExprKind, Name, Span, Statement, StatementKind};
use crate::{ExitCode, Failure, FailureKind, Session, Value, commands, show};
use relume_tensor::Cancelled;
use relume_tensor::interrupt::cancellable;
use std::time::Instant;

/// Where it goes on after a statement.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it at a time, on its way out")]
pub(crate) enum Flow {
    /// With the next one.
    Next,
    /// After the innermost loop.
    Break,
    /// With the next round of the innermost loop.
    Continue,
    /// After the function's call, whose value this is.
    Return(Value),
}

impl Session {
    /// Stops here if Ctrl-C was pressed, or no steps are left.
    fn refuse_if_interrupted(&mut self, span: Span) -> Result<(), Failure> {
        if let Some(steps) = &mut self.steps_left {
            match steps.checked_sub(1) {
                Some(rest) => *steps = rest,
                None => return Err(Failure::interrupted(span, "no steps are left for this")),
            }
        }
        if !self.stops.interrupt().is_set() {
            return Ok(());
        }
        Err(self.interrupted(span, "interrupted before this"))
    }

    /// Says what stays after an interruption.
    fn interrupted(&mut self, span: Span, what: &str) -> Failure {
        let kept = match self.ends_when_interrupted() {
            true => {
                "interrupted; files that were written before this stay, all else ends with the \
                 program"
            }
            false => "interrupted; what was done before this stays",
        };
        self.acknowledge_interrupt(kept);
        Failure::interrupted(span, what)
    }

    /// Runs a statement, or a part of one, that Ctrl-C may stop in the middle of any kernel. What was begun is then put
    /// away; names are changed by whole values only, so that they are as before.
    pub(crate) fn stoppable<T>(
        &mut self,
        span: Span,
        run: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let begun = self.begun();
        let interrupt = self.interrupt();
        match cancellable(&interrupt, || run(self)) {
            Ok(result) => result,
            Err(Cancelled) => {
                self.put_away(begun);
                Err(self.interrupted(span, "interrupted here"))
            }
        }
    }

    /// Runs statements until one of them leaves the block.
    pub(crate) fn block(&mut self, statements: &[Statement]) -> Result<Flow, Failure> {
        for statement in statements {
            if self.is_over() {
                return Ok(Flow::Return(Value::Nothing));
            }
            match self.statement(statement)? {
                Flow::Next => {}
                leave => return Ok(leave),
            }
        }
        Ok(Flow::Next)
    }

    pub(crate) fn statement(&mut self, statement: &Statement) -> Result<Flow, Failure> {
        self.refuse_if_interrupted(statement.span)?;
        let mark = self.journal.begin(statement, self.names.depth() > 0);
        let generator = self.generator.clone();
        let result = self.stoppable(statement.span, |own| own.statement_kind(statement));
        if !self.journal.end(mark, statement, &self.text.text, result.as_ref().err()) {
            // A statement that failed has drawn no random numbers: what follows it draws the same without it.
            self.generator = generator;
        }
        result
    }

    fn statement_kind(&mut self, statement: &Statement) -> Result<Flow, Failure> {
        match &statement.kind {
            StatementKind::If { arms, otherwise } => {
                let block = self.arm(arms, otherwise)?;
                self.block(block)
            }
            StatementKind::While { condition, body } => self.while_loop(condition, body),
            StatementKind::For { names, items, body } => self.for_loop(names, items, body),
            StatementKind::Break => Ok(Flow::Break),
            StatementKind::Continue => Ok(Flow::Continue),
            StatementKind::Return(value) => match value {
                Some(value) => self.evaluate(value).map(Flow::Return),
                None => Ok(Flow::Return(Value::Nothing)),
            },
            StatementKind::Try { body, error, otherwise } => {
                let tried = self.block(body);
                self.or_else(tried, statement.span, error.as_ref(), |own| own.block(otherwise))
            }
            StatementKind::Time(inner) => self.timed(inner),
            kind => self.plain_statement(kind).map(|()| Flow::Next),
        }
    }

    /// A statement after which it goes on with the next one.
    fn plain_statement(&mut self, kind: &StatementKind) -> Result<(), Failure> {
        match kind {
            StatementKind::Assign(assignment) => self.assign(assignment),
            StatementKind::Function(function) => {
                self.define_function(function);
                Ok(())
            }
            StatementKind::Expression(expr) => {
                match self.evaluate(expr)? {
                    Value::Nothing => {}
                    value => self.show_value(value),
                }
                Ok(())
            }
            StatementKind::Command { verb, verb_span, words } => {
                let result = commands::run(self, verb, *verb_span, words);
                self.agreed(Ending::Command, *verb_span, result)
            }
            StatementKind::Print(values) => self.print(values),
            StatementKind::Assert(expr) => self.assert(expr),
            StatementKind::Help(topic) => {
                commands::help(self, topic.as_ref().map(|(topic, span)| (topic.as_str(), *span)))
            }
            // Those that leave or hold blocks.
            _ => Ok(()),
        }
    }

    fn timed(&mut self, inner: &Statement) -> Result<Flow, Failure> {
        let start = Instant::now();
        let flow = self.statement(inner)?;
        let seconds = start.elapsed().as_secs_f64();
        self.output.remark(&format!("took {}", crate::progress::duration(seconds)));
        Ok(flow)
    }

    /// A function's last statements: the value of the last one is what the function gives.
    fn last_value(&mut self, statements: &[Statement]) -> Result<Flow, Failure> {
        let Some((last, before)) = statements.split_last() else { return Ok(Flow::Next) };
        match self.block(before)? {
            Flow::Next => {}
            leave => return Ok(leave),
        }
        match &last.kind {
            StatementKind::Expression(expr) => self.evaluate(expr).map(Flow::Return),
            StatementKind::If { arms, otherwise } => {
                let block = self.arm(arms, otherwise)?;
                self.last_value(block)
            }
            StatementKind::Try { body, error, otherwise } => {
                let tried = self.last_value(body);
                self.or_else(tried, last.span, error.as_ref(), |own| own.last_value(otherwise))
            }
            _ => self.statement(last),
        }
    }

    /// What was tried, or what follows `else` where that failed in a way that is caught.
    fn or_else<T>(
        &mut self,
        tried: Result<T, Failure>,
        span: Span,
        error: Option<&Name>,
        otherwise: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self.agreed(Ending::Statement, span, tried) {
            Err(failure) if can_be_caught(&failure) => {
                if let Some(name) = error {
                    self.names.insert(&name.text, Value::Text(failure.diagnostic.message));
                }
                otherwise(self)
            }
            result => result,
        }
    }

    fn assert(&mut self, expr: &Expr) -> Result<(), Failure> {
        match self.condition(expr, "assert wants a condition")? {
            true => Ok(()),
            false => Err(self.assertion(expr)),
        }
    }

    /// A failed assertion says what its two sides were.
    fn assertion(&mut self, expr: &Expr) -> Failure {
        let mut failure = Failure::at(expr.span, "the assertion does not hold");
        failure.is_assertion = true;
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
}

/// Whether `try` catches a failure: not an interrupt, not an assertion, and not one of some processes alone.
fn can_be_caught(failure: &Failure) -> bool {
    let is_of_some = failure.kind == FailureKind::Ranks;
    failure.code != ExitCode::Interrupted && !failure.is_assertion && !is_of_some
}
