//! The parser: takes the tokens of a text one after the other.

use super::{Expr, Span, SyntaxError, Token, TokenKind, tokens};

/// How deep expressions and statements may be nested.
const DEEPEST: usize = 100;

/// How many operators, signs, calls and fields may follow one another: each makes the tree deeper, and code that walks
/// it recurses.
const LONGEST: usize = 300;

/// The expression of a text.
///
/// # Errors
/// The first place that cannot be parsed, or what follows the expression.
pub fn expression(text: &str) -> Result<Expr, SyntaxError> {
    let mut parser = Parser::new(text)?;
    while parser.peek_kind() == Some(&TokenKind::Break) {
        parser.skip();
    }
    let expression = parser.expression()?;
    while parser.peek_kind() == Some(&TokenKind::Break) {
        parser.skip();
    }
    parser.end()?;
    Ok(expression)
}

/// Takes a text's tokens one after the other; [`Parser::expression`] parses a whole expression.
#[derive(Debug)]
pub struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Where the text ends.
    end: usize,
    /// Operators, signs, calls and fields between the root and here.
    pub(super) links: usize,
    /// Whether `..` makes a range.
    pub(super) has_ranges: bool,
    /// Whether a word of a command is read, outside of brackets.
    pub(super) is_word: bool,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a text.
    ///
    /// # Errors
    /// A character that the language does not have, a string without an end, a malformed number.
    pub fn new(text: &'a str) -> Result<Self, SyntaxError> {
        let (tokens, end) = (tokens(text)?, text.trim_end().len());
        Ok(Parser {
            text,
            tokens,
            at: 0,
            depth: 0,
            end,
            links: 0,
            has_ranges: true,
            is_word: false,
        })
    }

    /// A parser of tokens that stand inside of one of this parser's, up to `end`.
    pub(super) fn inside(&self, tokens: Vec<Token>, end: usize) -> Self {
        Parser {
            text: self.text,
            tokens,
            at: 0,
            depth: self.depth,
            end,
            links: self.links,
            has_ranges: true,
            is_word: false,
        }
    }

    /// The text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Checks that everything was parsed.
    ///
    /// # Errors
    /// The next token, if there is one.
    pub fn end(&self) -> Result<(), SyntaxError> {
        let Some(token) = self.peek() else { return Ok(()) };
        let found = token.span.of(self.text);
        let message = match token.kind {
            TokenKind::Symbol(")" | "]" | "}") => {
                format!("nothing is open that `{found}` could close")
            }
            _ => format!("`{found}` cannot stand here"),
        };
        Err(SyntaxError::new(token.span, message))
    }

    /// Begins a nested construct; [`Parser::leave`] ends it.
    ///
    /// # Errors
    /// It is nested too deeply.
    pub fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => Err(SyntaxError::new(self.here(), "this is nested too deeply")
                .help("give a part of it a name first")),
            false => Ok(()),
        }
    }

    /// Ends what [`Parser::enter`] began.
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// The last token that was taken.
    pub fn last(&self) -> Option<&Token> {
        self.tokens.get(self.at.checked_sub(1)?)
    }

    /// The token that comes `ahead` of the next one.
    pub fn ahead(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    /// Skips a token.
    pub fn skip(&mut self) {
        self.at += 1;
    }

    /// The name that comes next, with its position; it is not taken.
    pub fn peek_name(&self) -> Option<(&str, Span)> {
        match self.peek() {
            Some(Token { kind: TokenKind::Name(name), span }) => Some((name, *span)),
            _ => None,
        }
    }

    /// The next token.
    pub fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// The kind of the next token.
    pub fn peek_kind(&self) -> Option<&TokenKind> {
        self.peek().map(|token| &token.kind)
    }

    /// Takes the next token.
    pub(super) fn take_next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Counts one more level of the tree.
    pub(super) fn link(&mut self) -> Result<(), SyntaxError> {
        self.links += 1;
        match self.links > LONGEST {
            true => Err(SyntaxError::new(self.here(), "this expression is too long")
                .help("give a part of it a name first")),
            false => Ok(()),
        }
    }

    /// Takes the symbol if it comes next.
    pub fn take(&mut self, symbol: &str) -> Option<Span> {
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
    pub fn take_word(&mut self, word: &str) -> Option<Span> {
        match self.peek() {
            Some(Token { kind: TokenKind::Name(name), span }) if name == word => {
                let span = *span;
                self.at += 1;
                Some(span)
            }
            _ => None,
        }
    }

    /// The position of the next token; the end of the text if there is none.
    pub fn here(&self) -> Span {
        self.peek().map_or(Span::new(self.end, self.end), |token| token.span)
    }

    /// Takes the closing symbol.
    ///
    /// # Errors
    /// Another token comes next; at the end of the text, the error points to where the bracket was opened.
    pub fn close(&mut self, symbol: &str, opened: Span) -> Result<Span, SyntaxError> {
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
