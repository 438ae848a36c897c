//! The command language's form: from text to statements. One lexer and one parser serve the prompt, files, pipes and `-c`.

mod ast;
mod complete;
mod statement;

pub use ast::{Statement, StatementKind, Word};
pub use complete::is_complete;
pub use relume_catalog::syntax::{
    Argument, Binary, Expr, ExprKind, Span, SyntaxError, Token, TokenKind, Unary, tokens,
};
pub use statement::{PREPOSITIONS, parse};
