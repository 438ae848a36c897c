//! Statements, each with its position in the text.

use super::{Binary, Expr, Span, Subscript};
use std::sync::Arc;

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its kind.
    pub kind: StatementKind,
    /// Its position.
    pub span: Span,
}

/// The kind of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `name = value`, `a, b = value`, `record.field = value`, `x[0] += value`.
    Assign(Assignment),
    /// `f(x, y=2) = ...`.
    Function(Arc<Function>),
    /// `verb words ...`.
    Command {
        /// The verb.
        verb: String,
        /// The position of the verb.
        verb_span: Span,
        /// The words after it.
        words: Vec<Word>,
    },
    /// An expression alone.
    Expression(Expr),
    /// `if condition { ... } else if condition { ... } else { ... }`.
    If {
        /// Conditions with what is run where they are the first that holds.
        arms: Vec<(Expr, Vec<Statement>)>,
        /// What is run where none holds.
        otherwise: Vec<Statement>,
    },
    /// `while condition { ... }`.
    While {
        /// The condition.
        condition: Expr,
        /// What is run as long as it holds.
        body: Vec<Statement>,
    },
    /// `for name, name in items { ... }`.
    For {
        /// The names.
        names: Vec<Name>,
        /// What they go through.
        items: Expr,
        /// The statements for each item.
        body: Vec<Statement>,
    },
    /// `break`: ends the innermost loop.
    Break,
    /// `continue`: goes on with the next round of the innermost loop.
    Continue,
    /// `return value`: ends the function.
    Return(Option<Expr>),
    /// `print value ...`.
    Print(Vec<Expr>),
    /// `try { ... } else error { ... }`.
    Try {
        /// What may fail.
        body: Vec<Statement>,
        /// The name that holds the message of what failed.
        error: Option<Name>,
        /// What is run if it failed.
        otherwise: Vec<Statement>,
    },
    /// `time statement`.
    Time(Box<Statement>),
    /// `assert expression`.
    Assert(Expr),
    /// `help topic`.
    Help(Option<(String, Span)>),
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// What gives names, fields and items their values.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// What is assigned to: several take the value apart.
    pub targets: Vec<Target>,
    /// The operator of `+=` and its like.
    pub operator: Option<Binary>,
    /// The value.
    pub value: Expr,
}

/// What can be assigned to: a name, or something inside of what it stands for, as in `a.b[c]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The name.
    pub name: Name,
    /// The way from its value to what is assigned.
    pub steps: Vec<Step>,
    /// Where all of it stands.
    pub span: Span,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `.name`.
    Field(Name),
    /// `[...]`, with the place of what it ends.
    Index(Vec<Subscript>, Span),
}

/// A function of the user's.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it does.
    pub body: Body,
    /// Where all of it stands.
    pub span: Span,
}

/// What a function takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Name,
    /// Its value if none is given.
    pub default: Option<Expr>,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `= expression`.
    Expression(Expr),
    /// `= { ... }`: the value is that of the last statement, if it has one.
    Block(Vec<Statement>),
}

/// A part of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// A value by its place, or `**options`.
    Positional(Expr),
    /// A value after a name and an equals sign, or after a preposition.
    Named {
        /// The name or preposition.
        name: String,
        /// The position of the name.
        name_span: Span,
        /// The value.
        value: Expr,
    },
}
