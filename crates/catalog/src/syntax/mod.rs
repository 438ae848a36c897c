//! The syntax of expressions: from text to a tree in which every node has its position.
//!
//! Layers joined by arrows, calls with arguments, brackets, lists, numbers, strings and operators are parsed here, for
//! the command language and for specifications as text. The meaning of names is left to the users of the tree.

mod ast;
mod error;
mod expression;
mod format;
mod lexer;
mod parser;
mod postfix;
mod primary;
mod span;
mod strings;

pub use ast::{Argument, Binary, Expr, ExprKind, Piece, Slice, Subscript, Unary};
pub use error::SyntaxError;
pub use format::{Align, Format, FormatKind};
pub use lexer::{Token, TokenKind, ends_open, tokens};
pub use parser::{Parser, expression};
pub use span::Span;
pub use strings::Part;
