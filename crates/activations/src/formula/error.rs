//! A formula that is none.

use relume_catalog::syntax::{Span, SyntaxError};
use thiserror::Error;

/// Why a text is not an activation function, and where.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{message}")]
pub struct FormulaError {
    /// The place in the text, in bytes.
    pub span: Span,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, if there is advice.
    pub help: Option<String>,
}

impl FormulaError {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        FormulaError { span, message: message.into(), help: None }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error with its advice, in one sentence.
    pub(super) fn sentence(&self) -> String {
        match &self.help {
            Some(help) => format!("{} ({help})", self.message),
            None => self.message.clone(),
        }
    }
}

impl From<SyntaxError> for FormulaError {
    fn from(SyntaxError { span, message, help }: SyntaxError) -> Self {
        FormulaError { span, message, help }
    }
}
