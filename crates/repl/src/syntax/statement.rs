//! From tokens to statements: definitions, commands, loops and expressions.

use super::{Expr, ExprKind, Span, Statement, StatementKind, SyntaxError, TokenKind, Word};
use relume_catalog::nearest;
use relume_catalog::syntax::Parser;

/// The statements of a text. `verbs` are the names of the commands.
///
/// # Errors
/// The first place that cannot be understood.
pub fn parse(text: &str, verbs: &[&str]) -> Result<Vec<Statement>, SyntaxError> {
    let mut parser = Statements { parser: Parser::new(text)?, verbs };
    let statements = parser.statements()?;
    parser.parser.end()?;
    Ok(statements)
}

/// Reads statements.
struct Statements<'a> {
    parser: Parser<'a>,
    verbs: &'a [&'a str],
}

/// Words of a command that lead to the value behind them.
pub const PREPOSITIONS: [&str; 4] = ["on", "to", "with", "from"];

impl Statements<'_> {
    /// Statements up to the end, or to a closing brace.
    fn statements(&mut self) -> Result<Vec<Statement>, SyntaxError> {
        let mut statements = Vec::new();
        loop {
            while self.parser.peek_kind() == Some(&TokenKind::Break) {
                self.parser.skip();
            }
            if self.parser.peek().is_none()
                || self.parser.peek_kind() == Some(&TokenKind::Symbol("}"))
            {
                return Ok(statements);
            }
            if let Some(before) = statements.last() {
                self.refuse_a_lost_option(before)?;
            }
            let statement = self.statement()?;
            let ended = matches!(
                self.parser.peek_kind(),
                None | Some(TokenKind::Break | TokenKind::Symbol("}"))
            );
            if !ended {
                return Err(self.unexpected(&statement));
            }
            statements.push(statement);
        }
    }

    /// An option of a command in a line of its own, further in than the command, would silently be a definition.
    fn refuse_a_lost_option(&self, before: &Statement) -> Result<(), SyntaxError> {
        let (Some((name, span)), Some(TokenKind::Symbol("="))) =
            (self.first_word(), self.parser.ahead(1).map(|token| &token.kind))
        else {
            return Ok(());
        };
        let line = |at: usize| self.parser.text()[..at].rsplit('\n').next().unwrap_or_default();
        let indent = |line: &str| line.len() - line.trim_start().len();
        let own = line(span.start);
        let is_command =
            matches!(before.kind, StatementKind::Command { .. } | StatementKind::Time(_));
        let is_further_in = own.trim().is_empty() && own.len() > indent(line(before.span.start));
        match is_command && is_further_in {
            true => Err(SyntaxError::new(span, format!("`{name}=` stands as if it belonged to the command above"))
                .help("end the command's line with `\\` if it goes on here; let this line begin where the command does if it is a definition")),
            false => Ok(()),
        }
    }

    fn statement(&mut self) -> Result<Statement, SyntaxError> {
        let start = self.parser.here();
        self.parser.enter()?;
        let kind = self.statement_kind()?;
        self.parser.leave();
        let span = self.parser.last().map_or(start, |token| start.to(token.span));
        Ok(Statement { kind, span })
    }

    fn statement_kind(&mut self) -> Result<StatementKind, SyntaxError> {
        let Some((word, span)) = self.first_word() else {
            return Ok(StatementKind::Expression(self.parser.expression()?));
        };
        let known = self.verbs.contains(&word.as_str());
        if let Some((name, name_span)) = self.parser.name_before_equals() {
            if known || matches!(word.as_str(), "and" | "or" | "not" | "true" | "false" | "in") {
                return Err(SyntaxError::new(
                    span,
                    format!("`{word}` is a word of the language and cannot be a name"),
                )
                .help("choose another name"));
            }
            return Ok(StatementKind::Define { name, name_span, value: self.parser.expression()? });
        }
        // A verb directly followed by a bracket or a point is a function or a value.
        let glued = self.parser.ahead(1).is_some_and(|next| {
            next.span.start == span.end && matches!(next.kind, TokenKind::Symbol("(" | "." | "["))
        });
        if !known || glued {
            return Ok(StatementKind::Expression(self.parser.expression()?));
        }
        self.parser.skip();
        match word.as_str() {
            "assert" => Ok(StatementKind::Assert(self.parser.expression()?)),
            "time" => Ok(StatementKind::Time(Box::new(self.statement()?))),
            "help" => Ok(StatementKind::Help(self.topic())),
            "for" => self.for_loop(),
            _ => Ok(StatementKind::Command { verb: word, verb_span: span, words: self.words()? }),
        }
    }

    fn first_word(&self) -> Option<(String, Span)> {
        self.parser.peek_name().map(|(name, span)| (name.to_string(), span))
    }

    /// Whatever stands behind `help`, as one topic.
    fn topic(&mut self) -> Option<(String, Span)> {
        let token = self.parser.peek().filter(|token| token.kind != TokenKind::Break)?.clone();
        self.parser.skip();
        let topic = match token.kind {
            TokenKind::Name(name) | TokenKind::Text(name) => name,
            TokenKind::Symbol(symbol) => symbol.to_string(),
            _ => return None,
        };
        Some((topic, token.span))
    }

    fn for_loop(&mut self) -> Result<StatementKind, SyntaxError> {
        let Some((name, _)) = self.first_word() else {
            return Err(SyntaxError::new(self.parser.here(), "a name is wanted behind `for`")
                .help("for x in [1, 2, 3] { ... }"));
        };
        self.parser.skip();
        if self.parser.take_word("in").is_none() {
            return Err(SyntaxError::new(self.parser.here(), "`in` is wanted here")
                .help("for x in [1, 2, 3] { ... }"));
        }
        let list = self.parser.expression()?;
        let Some(opened) = self.parser.take("{") else {
            return Err(SyntaxError::new(self.parser.here(), "`{` is wanted here")
                .help("for x in [1, 2, 3] { ... }"));
        };
        let body = self.statements()?;
        self.parser.close("}", opened)?;
        Ok(StatementKind::For { name, list, body })
    }

    /// The words of a command up to the end of the line.
    fn words(&mut self) -> Result<Vec<Word>, SyntaxError> {
        let mut words = Vec::new();
        while !matches!(
            self.parser.peek_kind(),
            None | Some(TokenKind::Break | TokenKind::Symbol("}" | ","))
        ) {
            let preposition =
                self.first_word().filter(|(word, _)| PREPOSITIONS.contains(&word.as_str()));
            words.push(if let Some((name, name_span)) = self.parser.name_before_equals() {
                Word::Named { name, name_span, value: self.parser.expression()? }
            } else if let Some((name, name_span)) = preposition {
                self.parser.skip();
                Word::Named { name, name_span, value: self.parser.expression()? }
            } else {
                Word::Positional(self.parser.expression()?)
            });
        }
        if let Some(span) = self.parser.take(",") {
            return Err(SyntaxError::new(span, "a command's words stand without commas")
                .help("leave the comma out"));
        }
        Ok(words)
    }

    /// What stands behind a statement that should have ended.
    fn unexpected(&self, statement: &Statement) -> SyntaxError {
        if let StatementKind::Expression(Expr { kind: ExprKind::Name(name), span }) =
            &statement.kind
        {
            let error = SyntaxError::new(*span, format!("there is no command `{name}`"));
            return match nearest(name, self.verbs.iter().copied()) {
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
