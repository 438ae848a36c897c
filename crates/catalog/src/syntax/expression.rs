//! Expressions, by precedence: chains, `or`, `and`, `not`, comparisons, ranges, sums, products, minus, powers, calls.

use super::{Argument, Binary, Expr, ExprKind, Parser, Span, SyntaxError, TokenKind, Unary};

/// Operators of the same precedence and what they mean.
type Level = &'static [(&'static str, Binary)];

const COMPARISONS: Level = &[
    ("==", Binary::Equal),
    ("!=", Binary::NotEqual),
    ("<=", Binary::LessEqual),
    (">=", Binary::GreaterEqual),
    ("<", Binary::Less),
    (">", Binary::Greater),
];
const SUMS: Level = &[("+", Binary::Add), ("-", Binary::Sub)];
const PRODUCTS: Level = &[("*", Binary::Mul), ("/", Binary::Div), ("@", Binary::MatMul)];

fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
}

impl Parser<'_> {
    /// Takes an expression.
    ///
    /// # Errors
    /// The first place that cannot be understood.
    pub fn expression(&mut self) -> Result<Expr, SyntaxError> {
        let links = self.links;
        self.enter()?;
        let expression = self.chain();
        self.leave();
        self.links = links;
        expression
    }

    fn chain(&mut self) -> Result<Expr, SyntaxError> {
        let first = self.disjunction()?;
        let mut stages = vec![first];
        while self.take("->").is_some() {
            stages.push(self.disjunction()?);
        }
        match stages.len() {
            1 => Ok(stages.remove(0)),
            last => {
                let span = stages[0].span.to(stages[last - 1].span);
                Ok(Expr { kind: ExprKind::Chain(stages), span })
            }
        }
    }

    fn disjunction(&mut self) -> Result<Expr, SyntaxError> {
        let mut left = self.conjunction()?;
        while self.take_word("or").is_some() {
            self.link()?;
            left = binary(Binary::Or, left, self.conjunction()?);
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expr, SyntaxError> {
        let mut left = self.negation()?;
        while self.take_word("and").is_some() {
            self.link()?;
            left = binary(Binary::And, left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Expr, SyntaxError> {
        let mut nots = Vec::new();
        while let Some(span) = self.take_word("not") {
            nots.push(span);
            self.link()?;
        }
        let operand = self.comparison()?;
        Ok(nots.into_iter().rev().fold(operand, |operand, span| unary(Unary::Not, span, operand)))
    }

    fn comparison(&mut self) -> Result<Expr, SyntaxError> {
        let left = self.range()?;
        let Some(operator) = self.operator(COMPARISONS) else { return Ok(left) };
        let right = self.range()?;
        if self.peek_kind().is_some_and(
            |kind| matches!(kind, TokenKind::Symbol(s) if COMPARISONS.iter().any(|(c, _)| c == s)),
        ) {
            return Err(SyntaxError::new(self.here(), "comparisons cannot be strung together")
                .help("join them with `and`"));
        }
        Ok(binary(operator, left, right))
    }

    fn range(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.level(SUMS, |parser| parser.level(PRODUCTS, Self::minus))?;
        if self.take("..").is_none() {
            return Ok(start);
        }
        let end = self.level(SUMS, |parser| parser.level(PRODUCTS, Self::minus))?;
        let span = start.span.to(end.span);
        Ok(Expr { kind: ExprKind::Range(Box::new(start), Box::new(end)), span })
    }

    fn operator(&mut self, level: Level) -> Option<Binary> {
        level.iter().find_map(|&(symbol, operator)| self.take(symbol).map(|_| operator))
    }

    /// Operands joined by operators of one level, from the left.
    fn level(
        &mut self,
        level: Level,
        mut operand: impl FnMut(&mut Self) -> Result<Expr, SyntaxError>,
    ) -> Result<Expr, SyntaxError> {
        let mut left = operand(self)?;
        while let Some(operator) = self.operator(level) {
            self.link()?;
            left = binary(operator, left, operand(self)?);
        }
        Ok(left)
    }

    fn minus(&mut self) -> Result<Expr, SyntaxError> {
        let mut signs = Vec::new();
        while let Some(span) = self.take("-") {
            signs.push(span);
            self.link()?;
        }
        let operand = self.power()?;
        Ok(signs
            .into_iter()
            .rev()
            .fold(operand, |operand, span| unary(Unary::Minus, span, operand)))
    }

    fn power(&mut self) -> Result<Expr, SyntaxError> {
        let mut operands = vec![self.postfix()?];
        while self.take("^").is_some() {
            self.link()?;
            let minus = self.take("-");
            let operand = self.postfix()?;
            operands.push(match minus {
                Some(span) => unary(Unary::Minus, span, operand),
                None => operand,
            });
        }
        // From the right: 2^3^2 is 2^9.
        let mut power = operands.remove(operands.len() - 1);
        while let Some(base) = operands.pop() {
            power = binary(Binary::Pow, base, power);
        }
        Ok(power)
    }

    fn postfix(&mut self) -> Result<Expr, SyntaxError> {
        let mut value = self.primary()?;
        loop {
            let start = value.span;
            if self.peek().is_some_and(|token| token.span.start == start.end)
                && let Some(opened) = self.take("(")
            {
                let (arguments, end) = self.arguments(opened)?;
                let callee = Box::new(value);
                value = Expr { kind: ExprKind::Call { callee, arguments }, span: start.to(end) };
            } else if self.peek().is_some_and(|token| token.span.start == start.end)
                && let Some(opened) = self.take("[")
            {
                let index = self.expression()?;
                let end = self.close("]", opened)?;
                value = Expr {
                    kind: ExprKind::Index(Box::new(value), Box::new(index)),
                    span: start.to(end),
                };
            } else if self.take(".").is_some() {
                let span = self.here();
                let Some(TokenKind::Name(name)) = self.take_next().map(|token| token.kind) else {
                    return Err(SyntaxError::new(span, "a name is wanted behind `.`"));
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

    fn arguments(&mut self, opened: Span) -> Result<(Vec<Argument>, Span), SyntaxError> {
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
        let name = self.name_before_equals();
        Ok(Argument { name, value: self.expression()? })
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

    fn primary(&mut self) -> Result<Expr, SyntaxError> {
        let span = self.here();
        let Some(token) = self.take_next() else {
            return Err(SyntaxError::new(span, "something is missing at the end"));
        };
        let kind = match token.kind {
            TokenKind::Number(value) => ExprKind::Number(value),
            TokenKind::Text(value) => ExprKind::Text(value),
            TokenKind::Name(name) => match name.as_str() {
                "true" => ExprKind::Boolean(true),
                "false" => ExprKind::Boolean(false),
                _ => ExprKind::Name(name),
            },
            TokenKind::Symbol("(") => {
                let inner = self.expression()?;
                let end = self.close(")", span)?;
                return Ok(Expr { kind: inner.kind, span: span.to(end) });
            }
            TokenKind::Symbol("[") => {
                let mut items = Vec::new();
                let end = loop {
                    if let Some(end) = self.take("]") {
                        break end;
                    }
                    items.push(self.expression()?);
                    if self.take(",").is_none() {
                        break self.close("]", span)?;
                    }
                };
                return Ok(Expr { kind: ExprKind::List(items), span: span.to(end) });
            }
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
                return Err(SyntaxError::new(span, "a value is wanted before the end of the line"));
            }
        };
        Ok(Expr { kind, span })
    }
}

fn unary(operator: Unary, sign: Span, operand: Expr) -> Expr {
    let span = sign.to(operand.span);
    Expr { kind: ExprKind::Unary(operator, Box::new(operand)), span }
}
