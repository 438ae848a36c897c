//! What follows a value without a blank: arguments, subscripts, and fields after a point.

use super::{Argument, Expr, ExprKind, Parser, Slice, Span, Subscript, SyntaxError, TokenKind};

impl Parser<'_> {
    /// Takes a value and what follows it.
    pub(super) fn postfix(&mut self) -> Result<Expr, SyntaxError> {
        let mut value = self.primary()?;
        loop {
            let start = value.span;
            let is_glued = self.peek().is_some_and(|token| token.span.start == start.end);
            if let Some(opened) = self.take_if(is_glued, "(") {
                let (arguments, end) = self.arguments(opened)?;
                let callee = Box::new(value);
                value = Expr { kind: ExprKind::Call { callee, arguments }, span: start.to(end) };
            } else if let Some(opened) = self.take_if(is_glued, "[") {
                let (subscripts, end) = self.bracketed(|parser| parser.subscripts(opened))?;
                value = Expr {
                    kind: ExprKind::Index(Box::new(value), subscripts),
                    span: start.to(end),
                };
            } else if self.take(".").is_some() {
                let span = self.here();
                let Some(TokenKind::Name(name)) = self.take_next().map(|token| token.kind) else {
                    return Err(SyntaxError::new(span, "a name is wanted after `.`"));
                };
                value = Expr {
                    kind: ExprKind::Field(Box::new(value), name, span),
                    span: start.to(span),
                };
            } else {
                return Ok(value);
            }
            self.link()?;
        }
    }

    fn take_if(&mut self, is_glued: bool, symbol: &str) -> Option<Span> {
        if is_glued { self.take(symbol) } else { None }
    }

    /// Takes arguments up to the closing bracket, and says where that stands.
    ///
    /// # Errors
    /// The first place that cannot be understood.
    pub fn arguments(&mut self, opened: Span) -> Result<(Vec<Argument>, Span), SyntaxError> {
        self.bracketed(|parser| parser.arguments_inside(opened))
    }

    /// Takes what stands in brackets, where no words of a command are.
    pub(super) fn bracketed<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let is_word = std::mem::take(&mut self.is_word);
        let result = inside(self);
        self.is_word = is_word;
        result
    }

    fn arguments_inside(&mut self, opened: Span) -> Result<(Vec<Argument>, Span), SyntaxError> {
        let mut arguments = Vec::new();
        loop {
            if let Some(end) = self.take(")") {
                return Ok((arguments, end));
            }
            arguments.push(self.argument()?);
            if self.take(",").is_none() {
                return Ok((arguments, self.close(")", opened)?));
            }
        }
    }

    fn argument(&mut self) -> Result<Argument, SyntaxError> {
        if let Some(value) = self.spread()? {
            return Ok(Argument { name: None, value });
        }
        let name = self.name_before_equals();
        Ok(Argument { name, value: self.expression()? })
    }

    /// Takes `**options` if it comes next. What is spread has a name, so that it can be read once for each of its
    /// fields.
    ///
    /// # Errors
    /// Something without a name is spread.
    pub fn spread(&mut self) -> Result<Option<Expr>, SyntaxError> {
        let Some(stars) = self.take("**") else { return Ok(None) };
        let record = self.postfix()?;
        if !is_named(&record) {
            return Err(SyntaxError::new(record.span, "`**` is followed by the name of a record")
                .help("give it a name first: options = (lr=0.1, batch=32)"));
        }
        let span = stars.to(record.span);
        Ok(Some(Expr { kind: ExprKind::Spread(Box::new(record)), span }))
    }

    /// Takes a name and an equals sign if they come next.
    pub fn name_before_equals(&mut self) -> Option<(String, Span)> {
        let (Some(TokenKind::Name(name)), Some(TokenKind::Symbol("="))) =
            (self.peek_kind(), self.ahead(1).map(|token| &token.kind))
        else {
            return None;
        };
        let found = (name.clone(), self.here());
        self.skip();
        self.skip();
        Some(found)
    }

    /// Takes subscripts up to the closing bracket, and says where that stands.
    fn subscripts(&mut self, opened: Span) -> Result<(Vec<Subscript>, Span), SyntaxError> {
        let mut subscripts = vec![self.subscript()?];
        while self.take(",").is_some() {
            subscripts.push(self.subscript()?);
        }
        Ok((subscripts, self.close("]", opened)?))
    }

    fn subscript(&mut self) -> Result<Subscript, SyntaxError> {
        let first = self.here();
        let is_open = matches!(self.peek_kind(), Some(TokenKind::Symbol(".." | ":")));
        let start = if is_open { None } else { Some(self.bound()?) };
        let has_colon = match (self.take(".."), self.take(":")) {
            (None, None) => {
                return match start {
                    Some(item) => Ok(Subscript::Item(item)),
                    None => Err(SyntaxError::new(first, "a place is wanted here")),
                };
            }
            (_, colon) => colon.is_some(),
        };
        let end = self.optional_bound()?;
        let has_step = has_colon && self.take(":").is_some();
        let step = if has_step { self.optional_bound()? } else { None };
        let span = self.last().map_or(first, |token| first.to(token.span));
        Ok(Subscript::Slice(Slice { start, end, step, span }))
    }

    /// The end of a slice, or its step, if one is given.
    fn optional_bound(&mut self) -> Result<Option<Expr>, SyntaxError> {
        match self.peek_kind() {
            None | Some(TokenKind::Symbol("]" | "," | ":")) => Ok(None),
            _ => self.bound().map(Some),
        }
    }
}

/// Whether an expression is a name, or a field of one.
fn is_named(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Field(base, _, _) => is_named(base),
        _ => false,
    }
}
