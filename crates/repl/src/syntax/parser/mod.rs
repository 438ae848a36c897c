//! From tokens to statements.

mod expression;
mod statement;

pub use statement::PREPOSITIONS;

use super::lexer::{Token, TokenKind, tokens};
use super::{Span, Statement, SyntaxError};

/// How deep expressions may be nested.
const DEEPEST: usize = 100;

/// How many operators, signs, calls and fields may follow one another: each makes the tree deeper, and whoever walks it recurses.
const LONGEST: usize = 300;

/// The statements of a text. `verbs` are the names of the commands.
///
/// # Errors
/// The first place that cannot be understood.
pub fn parse(text: &str, verbs: &[&str]) -> Result<Vec<Statement>, SyntaxError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0, links: 0, verbs };
    let statements = parser.statements()?;
    match parser.peek() {
        None => Ok(statements),
        Some(token) => {
            let found = token.span.of(text);
            let message = match token.kind {
                TokenKind::Symbol(")" | "]" | "}") => {
                    format!("nothing is open that `{found}` could close")
                }
                _ => format!("`{found}` cannot stand here"),
            };
            Err(SyntaxError::new(token.span, message))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Operators, signs, calls and fields between the root and here.
    links: usize,
    verbs: &'a [&'a str],
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek_kind(&self) -> Option<&TokenKind> {
        self.peek().map(|token| &token.kind)
    }

    /// The kind of the token that comes `ahead` of the next one.
    fn ahead(&self, ahead: usize) -> Option<&TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Counts one more link of the tree.
    fn link(&mut self) -> Result<(), SyntaxError> {
        self.links += 1;
        match self.links > LONGEST {
            true => Err(SyntaxError::new(self.here(), "this expression is too long")
                .help("give a part of it a name first")),
            false => Ok(()),
        }
    }

    /// Takes the symbol if it comes next.
    fn take(&mut self, symbol: &str) -> Option<Span> {
        match self.peek() {
            Some(Token { kind: TokenKind::Symbol(s), span }) if *s == symbol => {
                let span = *span;
                self.at += 1;
                Some(span)
            }
            _ => None,
        }
    }

    /// Takes the word if it comes next.
    fn take_word(&mut self, word: &str) -> Option<Span> {
        match self.peek() {
            Some(Token { kind: TokenKind::Name(name), span }) if name == word => {
                let span = *span;
                self.at += 1;
                Some(span)
            }
            _ => None,
        }
    }

    /// Where the next token stands; the end of the text where there is none.
    fn here(&self) -> Span {
        let end = self.text.len();
        self.peek().map_or(Span::new(end, end), |token| token.span)
    }

    /// The closing symbol, or an error that points to where it was opened.
    fn close(&mut self, symbol: &str, opened: Span) -> Result<Span, SyntaxError> {
        match self.take(symbol) {
            Some(span) => Ok(span),
            None if self.peek().is_none() => {
                Err(SyntaxError::new(opened, "this bracket is never closed")
                    .help(format!("close it with `{symbol}`")))
            }
            None => Err(SyntaxError::new(self.here(), format!("`,` or `{symbol}` is wanted here"))),
        }
    }
}
