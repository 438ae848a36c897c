//! Which words begin commands. A verb is one only where it begins a statement and the rest reads as one; a name that is
//! defined wins.

use super::statement::Statements;
use super::{Name, SyntaxError, Token, TokenKind};

/// Words that cannot be names.
const RESERVED: [&str; 6] = ["and", "or", "not", "true", "false", "in"];

/// Operators that give a name a value, and the comma between several names.
const ASSIGNS: [&str; 10] = ["=", "+=", "-=", "*=", "/=", "^=", "**=", "%=", "@=", ","];

/// Statements that take a condition or values: `if(x > 1) {` is no call.
const TAKES_A_BRACKET: [&str; 5] = ["if", "while", "return", "print", "assert"];

/// Words that leave: alone, with a colon before them, or with empty brackets after them.
const LEAVES: [&str; 3] = ["quit", "exit", "q"];

impl Statements<'_> {
    /// Whether the word that comes next begins a command.
    pub fn is_command(&self, word: &Name) -> bool {
        if !self.verbs.contains(&word.text.as_str()) {
            return false;
        }
        let is_defined = self.names.contains(&word.text);
        if word.text == "q" && !is_defined && !self.leaves(0) {
            return false;
        }
        let Some(next) = self.parser.ahead(1) else { return !is_defined };
        let is_glued = next.span.start == word.span.end;
        match &next.kind {
            TokenKind::Symbol(symbol) if ASSIGNS.contains(symbol) => false,
            TokenKind::Symbol("(") if is_glued => {
                !is_defined
                    && (TAKES_A_BRACKET.contains(&word.text.as_str())
                        || self.leaves(0)
                        || self.is_bracketed_help())
            }
            TokenKind::Symbol("." | "[") if is_glued => false,
            _ if !is_defined => true,
            // What cannot follow a value belongs to a command.
            TokenKind::Number(_) | TokenKind::Text(_) | TokenKind::Template(_) => true,
            TokenKind::Symbol(symbol) => *symbol == "{",
            TokenKind::Name(name) if name == "not" => !self.is_name(2, "in"),
            TokenKind::Name(name) => !["and", "or", "in"].contains(&name.as_str()),
            TokenKind::Break => false,
        }
    }

    /// Whether a word so far ahead leaves, and the statement ends with it.
    pub fn leaves(&self, ahead: usize) -> bool {
        let is_word = LEAVES.iter().any(|word| self.is_name(ahead, word));
        match self.is_symbol(ahead + 1, "(") {
            true => is_word && self.is_symbol(ahead + 2, ")") && self.ends(ahead + 3),
            false => is_word && self.ends(ahead + 1),
        }
    }

    /// Whether `help()` or `help(topic)` comes next, and nothing after it.
    fn is_bracketed_help(&self) -> bool {
        let close = if self.is_symbol(2, ")") { 2 } else { 3 };
        self.is_name(0, "help") && self.is_symbol(close, ")") && self.ends(close + 1)
    }

    /// Whether the statement ends before the token so far ahead.
    fn ends(&self, ahead: usize) -> bool {
        let ends = |token: &Token| matches!(token.kind, TokenKind::Break | TokenKind::Symbol("}"));
        self.parser.ahead(ahead).is_none_or(ends)
    }

    /// Takes `:quit`, `:q` and their like up to the word, as other prompts have them.
    pub fn take_colon(&mut self) -> bool {
        let is_glued =
            self.parser.ahead(1).is_some_and(|next| next.span.start == self.parser.here().end);
        let is_leaving = self.is_symbol(0, ":") && is_glued && self.leaves(1);
        if is_leaving {
            self.parser.skip();
        }
        is_leaving
    }

    /// Whether the token so far ahead is a word.
    pub fn is_name(&self, ahead: usize, word: &str) -> bool {
        matches!(self.parser.ahead(ahead).map(|token| &token.kind), Some(TokenKind::Name(name)) if name == word)
    }

    /// Whether the token so far ahead is a symbol.
    pub fn is_symbol(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.parser.ahead(ahead).map(|token| &token.kind), Some(TokenKind::Symbol(own)) if *own == symbol)
    }

    /// Refuses a word of the language as a name.
    pub fn refuse_reserved(&self, name: &Name) -> Result<(), SyntaxError> {
        if !RESERVED.contains(&name.text.as_str()) {
            return Ok(());
        }
        let message = format!("`{}` is a word of the language and cannot be a name", name.text);
        Err(SyntaxError::new(name.span, message).help("choose another name"))
    }

    /// An `else` whose `if` was ended by the line before.
    pub fn refuse_a_lone_else(&self, word: &Name) -> Result<(), SyntaxError> {
        if word.text != "else" || !(self.is_symbol(1, "{") || self.is_name(1, "if")) {
            return Ok(());
        }
        Err(SyntaxError::new(word.span, "this `else` has no `if` and no `try`")
            .help("at the prompt, begin it in the line of the closing brace: } else {"))
    }
}
