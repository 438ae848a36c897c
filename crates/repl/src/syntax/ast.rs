//! Statements, each with its place in the text.

use super::{Expr, Span};

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `name = value`.
    Define {
        /// The name.
        name: String,
        /// Where the name stands.
        name_span: Span,
        /// The value.
        value: Expr,
    },
    /// `verb words ...`.
    Command {
        /// The verb.
        verb: String,
        /// Where the verb stands.
        verb_span: Span,
        /// What follows it.
        words: Vec<Word>,
    },
    /// An expression alone.
    Expression(Expr),
    /// `for name in list { ... }`.
    For {
        /// The name.
        name: String,
        /// The list.
        list: Expr,
        /// The statements for each item.
        body: Vec<Statement>,
    },
    /// `time statement`.
    Time(Box<Statement>),
    /// `assert expression`.
    Assert(Expr),
    /// `help topic`.
    Help(Option<(String, Span)>),
}

/// A part of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A value by its place.
    Positional(Expr),
    /// A value behind a name and an equals sign, or behind a preposition.
    Named {
        /// The name or preposition.
        name: String,
        /// Where the name stands.
        name_span: Span,
        /// The value.
        value: Expr,
    },
}
