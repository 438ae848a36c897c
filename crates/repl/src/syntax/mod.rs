//! The command language's form: from text to statements. One lexer and one parser serve the prompt, files, pipes and
//! `-c`.

mod assignment;
mod ast;
mod blocks;
mod command;
mod complete;
mod highlight;
mod room;
mod statement;
mod verbs;

pub use ast::{
    Assignment, Body, Function, Name, Parameter, Statement, StatementKind, Step, Target, Word,
};
pub use command::PREPOSITIONS;
pub use complete::is_complete;
pub use highlight::{PieceKind, pieces};
pub use relume_catalog::syntax::{
    Argument, Binary, Expr, ExprKind, Format, Piece, Slice, Span, Subscript, SyntaxError, Token,
    TokenKind, Unary, tokens,
};
pub use statement::{parse, parse_with};
