//! A statement that failed, and the program's exit code for it.

use crate::syntax::{Span, SyntaxError};
use crate::{Diagnostic, Text};
use relume_autograd::AutogradError;
use relume_catalog::ArgumentError;
use relume_datasets::DataError;
use relume_layers::LayerError;
use relume_tensor::TensorError;
use relume_training::{MetricError, TrainError};
use std::sync::Arc;

/// The program's exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Something failed.
    Failed = 1,
    /// It did not parse.
    Syntax = 2,
    /// Training diverged.
    Diverged = 3,
    /// It was interrupted.
    Interrupted = 130,
}

/// Where a function was called that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPlace {
    /// The function.
    pub function: String,
    /// Where it was called.
    pub span: Span,
    /// The text of that place.
    pub text: Arc<Text>,
}

/// How it came to a failure inside of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The text that the failure's place belongs to.
    pub text: Arc<Text>,
    /// The calls that led there, from the inside.
    pub calls: Vec<CallPlace>,
    /// Calls between the last two that are left out.
    pub skipped: usize,
}

/// Calls of a trace that are kept: the innermost ones, and the outermost.
const CALLS: usize = 3;

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The text cannot be read as statements.
    Syntax,
    /// A statement cannot do what it says.
    Statement,
    /// An argument is unknown, missing, of the wrong type or out of range.
    Argument,
    /// A network's shapes do not follow one another.
    Shape,
    /// Data cannot be read, or are not what is wanted.
    Data,
    /// Network, loss and data do not go together.
    Training,
    /// The loss, or a weight, is not finite any more.
    Diverged,
    /// A metric cannot be measured.
    Metric,
    /// Tensors do not go together.
    Tensor,
    /// There is not enough memory.
    Memory,
    /// Of several processes, some failed where others did not.
    Ranks,
    /// It was asked to stop.
    Interrupted,
    /// The program itself is wrong.
    Bug,
}

impl FailureKind {
    /// The kind in a word, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::Syntax => "syntax",
            FailureKind::Statement => "statement",
            FailureKind::Argument => "argument",
            FailureKind::Shape => "shape",
            FailureKind::Data => "data",
            FailureKind::Training => "training",
            FailureKind::Diverged => "diverged",
            FailureKind::Metric => "metric",
            FailureKind::Tensor => "tensor",
            FailureKind::Memory => "memory",
            FailureKind::Ranks => "ranks",
            FailureKind::Interrupted => "interrupted",
            FailureKind::Bug => "bug",
        }
    }
}

/// A statement that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The message.
    pub diagnostic: Diagnostic,
    /// The program's exit code.
    pub code: ExitCode,
    /// The text of the place, if it is not the one that was run.
    pub text: Option<String>,
    /// What kind of failure it is, for programs.
    pub kind: FailureKind,
    /// Whether an assertion did not hold.
    pub is_assertion: bool,
    /// The functions that were running.
    pub trace: Option<Box<Trace>>,
    /// Whether all processes that run the statement know of it.
    pub(crate) is_agreed: bool,
}

impl Failure {
    /// A failure at a place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        let diagnostic = Diagnostic { message: message.into(), span: Some(span), help: None };
        Failure {
            diagnostic,
            code: ExitCode::Failed,
            text: None,
            kind: FailureKind::Statement,
            is_assertion: false,
            trace: None,
            is_agreed: false,
        }
    }

    /// The same failure, inside of a function whose text is given, which was called at a place.
    #[must_use]
    pub fn inside(mut self, text: &Arc<Text>, call: CallPlace) -> Self {
        let trace = self.trace.get_or_insert_with(|| {
            Box::new(Trace { text: text.clone(), calls: Vec::new(), skipped: 0 })
        });
        if trace.calls.len() == CALLS {
            trace.calls.pop();
            trace.skipped += 1;
        }
        trace.calls.push(call);
        self
    }

    /// A failure that has no place in a text.
    pub fn unplaced(message: impl Into<String>) -> Self {
        let mut failure = Failure::at(Span::default(), message);
        failure.diagnostic.span = None;
        failure
    }

    /// The same failure, of another kind.
    #[must_use]
    pub(crate) fn of(self, kind: FailureKind) -> Self {
        Failure { kind, ..self }
    }

    /// The failure of what ran something that failed: with its exit code, and as widely known.
    #[must_use]
    pub(crate) fn around(self, inner: &Failure) -> Self {
        let kind = match inner.kind {
            FailureKind::Ranks => FailureKind::Ranks,
            _ => self.kind,
        };
        Failure { code: inner.code, kind, is_agreed: inner.is_agreed, ..self }
    }

    /// What was asked to stop.
    pub fn interrupted(span: Span, message: impl Into<String>) -> Self {
        let failure = Failure::at(span, message).of(FailureKind::Interrupted);
        Failure { code: ExitCode::Interrupted, ..failure }
    }

    /// The same failure with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic.help = Some(help.into());
        self
    }

    /// The same failure, with advice if there is any.
    #[must_use]
    fn maybe_help(mut self, help: Option<String>) -> Self {
        self.diagnostic.help = help.or(self.diagnostic.help);
        self
    }

    /// A failure of a network's definition, its place in the network's own text.
    pub fn in_network(error: &LayerError, spec: &relume_layers::NetworkSpec) -> Self {
        let mut failure = Failure::unplaced(error.to_string()).maybe_help(error.help());
        if let LayerError::Shape(shape) = error {
            failure.kind = FailureKind::Shape;
            let text = spec.to_string();
            let stages = spec.layers.iter().take(shape.path.first().map_or(0, |at| at + 1));
            let mut from = 0;
            let mut place = None;
            for stage in stages {
                let stage = stage.to_string();
                if let Some(at) = text[from..].find(&stage) {
                    place = Some(Span::new(from + at, from + at + stage.len()));
                    from += at + stage.len();
                }
            }
            failure.diagnostic.span = place;
            failure.text = Some(text);
        }
        failure
    }

    /// An error of training, at the place of the command.
    pub fn training(
        error: &TrainError,
        span: Span,
        spec: Option<&relume_layers::NetworkSpec>,
    ) -> Self {
        match (error, spec) {
            (TrainError::Layer(error @ LayerError::Shape(_)), Some(spec)) => {
                Failure::in_network(error, spec)
            }
            _ => {
                let failure = Failure::at(span, error.to_string()).maybe_help(error.help());
                let (code, kind) = match error {
                    TrainError::Diverged(_) => (ExitCode::Diverged, FailureKind::Diverged),
                    TrainError::Interrupted => (ExitCode::Interrupted, FailureKind::Interrupted),
                    TrainError::Memory { .. } | TrainError::Waiting { .. } => {
                        (ExitCode::Failed, FailureKind::Memory)
                    }
                    TrainError::Data(_) | TrainError::Told { is_of_data: true, .. } => {
                        (ExitCode::Failed, FailureKind::Data)
                    }
                    TrainError::Group(_) | TrainError::RanksDiffer { .. } => {
                        (ExitCode::Failed, FailureKind::Ranks)
                    }
                    _ => (ExitCode::Failed, FailureKind::Training),
                };
                Failure { code, kind, ..failure }
            }
        }
    }

    /// An error of data, at the place of the call.
    pub fn data(error: &DataError, span: Span) -> Self {
        let failure = Failure::at(span, error.to_string()).maybe_help(error.help());
        match error {
            DataError::Interrupted => {
                Failure { code: ExitCode::Interrupted, ..failure.of(FailureKind::Interrupted) }
            }
            _ => failure.of(FailureKind::Data),
        }
    }

    /// An error of arguments, at the place of the wrong one.
    pub fn arguments(error: &ArgumentError, span: Span) -> Self {
        let failure = Failure::at(span, error.to_string()).maybe_help(error.help());
        failure.of(FailureKind::Argument)
    }

    /// A metric that cannot be measured.
    pub fn metric(error: &MetricError, span: Span) -> Self {
        let failure = Failure::at(span, error.to_string()).maybe_help(error.help());
        failure.of(FailureKind::Metric)
    }

    /// An error of an operation.
    pub fn operation(error: &AutogradError, span: Span) -> Self {
        Failure::at(span, error.to_string()).of(FailureKind::Tensor)
    }

    /// An error of a tensor.
    pub fn tensor(error: &TensorError, span: Span) -> Self {
        Failure::at(span, error.to_string()).of(FailureKind::Tensor)
    }
}

impl From<SyntaxError> for Failure {
    fn from(error: SyntaxError) -> Self {
        let failure = Failure::at(error.span, error.message).maybe_help(error.help);
        Failure { code: ExitCode::Syntax, ..failure.of(FailureKind::Syntax) }
    }
}
