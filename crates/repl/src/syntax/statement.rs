//! From tokens to statements: which kind of statement comes next.

use super::room::check_room;
use super::{Expr, ExprKind, Name, Span, Statement, StatementKind, SyntaxError, TokenKind};
use relume_catalog::nearest;
use relume_catalog::syntax::Parser;
use std::collections::BTreeSet;

/// The statements of a text. `verbs` are the names of the commands.
///
/// # Errors
/// The first place that cannot be parsed.
pub fn parse(text: &str, verbs: &[&str]) -> Result<Vec<Statement>, SyntaxError> {
    parse_with(text, verbs, [])
}

/// The statements of a text in a session in which names are defined: a verb that is one of them is a command only where
/// what follows reads as one.
///
/// # Errors
/// The first place that cannot be understood, or a text that does not fit into memory.
pub fn parse_with<'a>(
    text: &str,
    verbs: &[&str],
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Statement>, SyntaxError> {
    check_room(text)?;
    let names = names.into_iter().map(str::to_string).collect();
    let mut parser =
        Statements { parser: Parser::new(text)?, verbs, names, within: Within::default() };
    let statements = parser.statements()?;
    parser.parser.end()?;
    Ok(statements)
}

/// Reads statements.
pub(super) struct Statements<'a> {
    pub parser: Parser<'a>,
    pub verbs: &'a [&'a str],
    /// Names that are defined up to here.
    pub names: BTreeSet<String>,
    pub within: Within,
}

/// What a statement stands in.
#[derive(Clone, Copy, Default)]
pub(super) struct Within {
    pub is_block: bool,
    pub is_loop: bool,
    pub is_function: bool,
}

impl Statements<'_> {
    /// Statements up to the end, or to a closing brace.
    pub fn statements(&mut self) -> Result<Vec<Statement>, SyntaxError> {
        let mut statements = Vec::new();
        loop {
            while self.parser.peek_kind() == Some(&TokenKind::Break) {
                self.parser.skip();
            }
            if matches!(self.parser.peek_kind(), None | Some(TokenKind::Symbol("}"))) {
                return Ok(statements);
            }
            if let Some(before) = statements.last() {
                self.refuse_a_lost_option(before)?;
            }
            let statement = self.statement()?;
            if !self.is_at_end() {
                return Err(self.unexpected(&statement));
            }
            statements.push(statement);
        }
    }

    /// Whether the line or the block ends here.
    pub fn is_at_end(&self) -> bool {
        matches!(self.parser.peek_kind(), None | Some(TokenKind::Break | TokenKind::Symbol("}")))
    }

    /// An option on a line of its own, indented more than its command, would silently become a definition.
    fn refuse_a_lost_option(&self, before: &Statement) -> Result<(), SyntaxError> {
        let (Some((name, span)), Some(TokenKind::Symbol("="))) =
            (self.parser.peek_name(), self.parser.ahead(1).map(|token| &token.kind))
        else {
            return Ok(());
        };
        let line = |at: usize| self.parser.text()[..at].rsplit('\n').next().unwrap_or_default();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = line(span.start);
        let is_command =
            matches!(before.kind, StatementKind::Command { .. } | StatementKind::Time(_));
        let is_further_in = own.trim().is_empty() && own.len() > indent(line(before.span.start));
        if !is_command || !is_further_in {
            return Ok(());
        }
        let message = format!("`{name}=` stands as if it belonged to the command above");
        Err(SyntaxError::new(span, message).help(
            "end the command's line with `\\` if it goes on here; let this line begin where the command does if it \
             is a definition",
        ))
    }

    pub fn statement(&mut self) -> Result<Statement, SyntaxError> {
        let start = self.parser.here();
        self.parser.enter()?;
        let kind = self.statement_kind(start)?;
        self.parser.leave();
        let span = self.parser.last().map_or(start, |token| start.to(token.span));
        Ok(Statement { kind, span })
    }

    fn statement_kind(&mut self, start: Span) -> Result<StatementKind, SyntaxError> {
        let is_leaving = self.take_colon();
        let Some(word) = self.word() else { return self.expression_or_assignment(start) };
        self.refuse_a_lone_else(&word)?;
        if !is_leaving && !self.is_command(&word) {
            return self.expression_or_assignment(start);
        }
        self.parser.skip();
        match word.text.as_str() {
            "assert" => Ok(StatementKind::Assert(self.parser.expression()?)),
            "time" => Ok(StatementKind::Time(Box::new(self.statement()?))),
            "help" => Ok(StatementKind::Help(self.topic_or_brackets(word.span.end)?)),
            "quit" | "exit" | "q" if is_leaving || self.is_symbol(0, "(") => self.quit(word),
            "if" => self.if_else(),
            "while" => self.while_loop(),
            "for" => self.for_loop(),
            "break" => self.inside_loop(&word, StatementKind::Break),
            "continue" => self.inside_loop(&word, StatementKind::Continue),
            "return" => self.return_value(&word),
            "try" => self.try_else(),
            "print" => self.print(),
            _ => self.command(word),
        }
    }

    /// The word that comes next; it is not taken.
    pub fn word(&self) -> Option<Name> {
        self.parser.peek_name().map(|(name, span)| Name { text: name.to_string(), span })
    }

    /// `quit()` and its like.
    fn quit(&mut self, word: Name) -> Result<StatementKind, SyntaxError> {
        if self.is_symbol(0, "(") && self.is_symbol(1, ")") {
            (0..2).for_each(|_| self.parser.skip());
        }
        self.command(word)
    }

    /// The topic after `help`, which may stand in brackets, as in `help(dense)`.
    fn topic_or_brackets(&mut self, end: usize) -> Result<Option<(String, Span)>, SyntaxError> {
        let is_glued = self.parser.here().start == end;
        let opened = if is_glued { self.parser.take("(") } else { None };
        match opened {
            Some(_) if self.parser.take(")").is_some() => Ok(None),
            Some(opened) => {
                let topic = self.topic()?;
                self.parser.close(")", opened)?;
                Ok(topic)
            }
            None => self.topic(),
        }
    }

    /// The name or the string that follows `help`.
    fn topic(&mut self) -> Result<Option<(String, Span)>, SyntaxError> {
        let Some(token) = self.parser.peek().filter(|_| !self.is_at_end()).cloned() else {
            return Ok(None);
        };
        self.parser.skip();
        let topic = match token.kind {
            TokenKind::Name(name) | TokenKind::Text(name) => name,
            _ => {
                return Err(SyntaxError::new(token.span, "`help` is followed by a name")
                    .help("for example: help dense"));
            }
        };
        Ok(Some((topic, token.span)))
    }

    /// What follows a statement that should have ended.
    fn unexpected(&self, statement: &Statement) -> SyntaxError {
        if let StatementKind::Expression(Expr { kind: ExprKind::Name(name), span }) =
            &statement.kind
            && !self.names.contains(name)
        {
            let error = SyntaxError::new(*span, format!("there is no command `{name}`"));
            let verbs = self.verbs.iter().copied().filter(|verb| verb != name);
            return match nearest(name, verbs) {
                Some(verb) => error.help(format!("did you mean `{verb}`?")),
                None => error.help("`help` lists the commands"),
            };
        }
        let error = SyntaxError::new(self.parser.here(), "the line should end here");
        match self.parser.peek_kind() {
            Some(TokenKind::Symbol("=")) => error.help("to compare, write `==`"),
            Some(TokenKind::Symbol(")" | "]")) => error.help("a bracket too many"),
            Some(TokenKind::Symbol("(" | "[")) => error.help("write a call without a space: f(x)"),
            _ => error.help("an operator is missing, or `;` between two statements"),
        }
    }
}
