//! Expressions, each with its position in the text.

use super::{Format, Span};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its kind.
    pub kind: ExprKind,
    /// Its position.
    pub span: Span,
}

/// The kind of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// `f"lr {x}"`.
    Template(Vec<Piece>),
    /// `true` or `false`.
    Boolean(bool),
    /// A name.
    Name(String),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `(lr=0.1, batch=32)`: each argument has a name or is a [`ExprKind::Spread`].
    Record(Vec<Argument>),
    /// `-a`, `not a`.
    Unary(Unary, Box<Expr>),
    /// `a + b` and the like.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a -> b -> c`.
    Chain(Vec<Expr>),
    /// `f(a, name=b)`.
    Call {
        /// The callee.
        callee: Box<Expr>,
        /// The arguments.
        arguments: Vec<Argument>,
    },
    /// `a[i, 2..5]`.
    Index(Box<Expr>, Vec<Subscript>),
    /// `a.name`.
    Field(Box<Expr>, String, Span),
    /// `a..b`.
    Range(Box<Expr>, Box<Expr>),
    /// `**options` among arguments: a record whose fields become arguments.
    Spread(Box<Expr>),
}

/// A part of an f-string.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Text as it stands, escapes resolved.
    Text(String),
    /// `{x:.3}`: a value and how it is written.
    Value(Expr, Format),
}

/// What stands between `[` and `]`, for one axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Subscript {
    /// A number, a mask, a list of numbers, a name.
    Item(Expr),
    /// `2..5`, `..-1`, `:`, `0:10:2`.
    Slice(Slice),
}

impl Subscript {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Subscript::Item(expr) => expr.span,
            Subscript::Slice(slice) => slice.span,
        }
    }
}

/// A stretch of an axis; what is left out is its begin, its end, and 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The first place.
    pub start: Option<Expr>,
    /// The place after the last one.
    pub end: Option<Expr>,
    /// From one place to the next.
    pub step: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The name that it is given by.
    pub name: Option<(String, Span)>,
    /// The value.
    pub value: Expr,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-`.
    Minus,
    /// `not`.
    Not,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`.
    Rem,
    /// `^`.
    Pow,
    /// `@`.
    MatMul,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterEqual,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `and`.
    And,
    /// `or`.
    Or,
}

impl Binary {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::Mul => "*",
            Binary::Div => "/",
            Binary::Rem => "%",
            Binary::Pow => "^",
            Binary::MatMul => "@",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::Less => "<",
            Binary::LessEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterEqual => ">=",
            Binary::In => "in",
            Binary::NotIn => "not in",
            Binary::And => "and",
            Binary::Or => "or",
        }
    }
}
