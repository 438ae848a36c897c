//! The command language's form: from text to statements. One lexer and one parser serve the prompt, files, pipes and `-c`.

mod ast;
mod complete;
mod error;
mod lexer;
mod parser;
mod span;

pub use ast::{Argument, Binary, Expr, ExprKind, Statement, StatementKind, Unary, Word};
pub use complete::is_complete;
pub use error::SyntaxError;
pub use lexer::{Token, TokenKind, tokens};
pub use parser::{PREPOSITIONS, parse};
pub use span::Span;
