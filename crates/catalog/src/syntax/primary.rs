//! Values that stand alone: numbers, strings, names, lists, records, and what is in brackets.

use super::{Argument, Expr, ExprKind, Parser, Part, Piece, Span, SyntaxError, TokenKind};

impl Parser<'_> {
    /// Takes a value without what follows it.
    pub(super) fn primary(&mut self) -> Result<Expr, SyntaxError> {
        let span = self.here();
        let Some(token) = self.take_next() else {
            return Err(SyntaxError::new(span, "something is missing at the end"));
        };
        let kind = match token.kind {
            TokenKind::Number(value) => ExprKind::Number(value),
            TokenKind::Text(value) => ExprKind::Text(value),
            TokenKind::Template(parts) => self.template(parts)?,
            TokenKind::Name(name) => match name.as_str() {
                "true" => ExprKind::Boolean(true),
                "false" => ExprKind::Boolean(false),
                _ => ExprKind::Name(name),
            },
            TokenKind::Symbol("(") => return self.bracketed(|parser| parser.brackets(span)),
            TokenKind::Symbol("[") => return self.bracketed(|parser| parser.list(span)),
            TokenKind::Symbol("=") => {
                return Err(SyntaxError::new(
                    span,
                    "`=` gives a name a value; it cannot stand here",
                )
                .help("to compare, write `==`"));
            }
            TokenKind::Symbol(symbol) => {
                return Err(SyntaxError::new(
                    span,
                    format!("a value is wanted here, not `{symbol}`"),
                ));
            }
            TokenKind::Break => {
                return Err(SyntaxError::new(span, "a value is wanted before the statement ends"));
            }
        };
        Ok(Expr { kind, span })
    }

    /// An expression in brackets, or a record.
    fn brackets(&mut self, opened: Span) -> Result<Expr, SyntaxError> {
        let is_named =
            matches!(self.ahead(1).map(|token| &token.kind), Some(TokenKind::Symbol("=")));
        let is_spread = self.peek_kind() == Some(&TokenKind::Symbol("**"));
        if is_spread || (is_named && self.peek_name().is_some()) {
            let (fields, end) = self.arguments(opened)?;
            let is_unnamed = |field: &&Argument| {
                field.name.is_none() && !matches!(field.value.kind, ExprKind::Spread(_))
            };
            if let Some(field) = fields.iter().find(is_unnamed) {
                return Err(SyntaxError::new(
                    field.value.span,
                    "each field of a record has a name",
                )
                .help("for example: (lr=0.1, batch=32)"));
            }
            return Ok(Expr { kind: ExprKind::Record(fields), span: opened.to(end) });
        }
        let inner = self.expression()?;
        let end = self.close(")", opened)?;
        Ok(Expr { kind: inner.kind, span: opened.to(end) })
    }

    fn list(&mut self, opened: Span) -> Result<Expr, SyntaxError> {
        let mut items = Vec::new();
        let end = loop {
            if let Some(end) = self.take("]") {
                break end;
            }
            items.push(self.expression()?);
            if self.take(",").is_none() {
                break self.close("]", opened)?;
            }
        };
        Ok(Expr { kind: ExprKind::List(items), span: opened.to(end) })
    }

    /// Parses the expressions in the braces of an f-string.
    fn template(&mut self, parts: Vec<Part>) -> Result<ExprKind, SyntaxError> {
        let mut pieces = Vec::new();
        for part in parts {
            pieces.push(match part {
                Part::Text(text) => Piece::Text(text),
                Part::Braces { tokens, format, span } => {
                    let mut inner = self.inside(tokens, span.end.saturating_sub(1));
                    let value = inner.expression()?;
                    inner.end()?;
                    Piece::Value(value, format)
                }
            });
        }
        Ok(ExprKind::Template(pieces))
    }
}
