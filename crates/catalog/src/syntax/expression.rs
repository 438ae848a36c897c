//! Expressions, by precedence: chains, `or`, `and`, `not`, comparisons, ranges, sums, products, minus, powers, calls.

use super::{Binary, Expr, ExprKind, Parser, Span, SyntaxError, TokenKind, Unary};

/// Operators of the same precedence, and their variants.
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
const PRODUCTS: Level =
    &[("*", Binary::Mul), ("/", Binary::Div), ("%", Binary::Rem), ("@", Binary::MatMul)];

fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
}

impl Parser<'_> {
    /// Parses an expression.
    ///
    /// # Errors
    /// The first place that cannot be parsed.
    pub fn expression(&mut self) -> Result<Expr, SyntaxError> {
        self.nested(true)
    }

    /// Parses an expression that is a word of a command: it ends before `**options`.
    ///
    /// # Errors
    /// The first place that cannot be parsed.
    pub fn word(&mut self) -> Result<Expr, SyntaxError> {
        self.is_word = true;
        let word = self.expression();
        self.is_word = false;
        word
    }

    /// Takes an expression in which `..` at the outside is no range, but what divides the bounds of a slice.
    pub(super) fn bound(&mut self) -> Result<Expr, SyntaxError> {
        self.nested(false)
    }

    fn nested(&mut self, has_ranges: bool) -> Result<Expr, SyntaxError> {
        let (links, outer) = (self.links, self.has_ranges);
        self.has_ranges = has_ranges;
        self.enter()?;
        let expression = self.chain();
        self.leave();
        (self.links, self.has_ranges) = (links, outer);
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
        let Some(operator) = self.comparator() else { return Ok(left) };
        let right = self.range()?;
        let next = self.here();
        match self.comparator() {
            Some(_) => Err(SyntaxError::new(next, "comparisons cannot be strung together")
                .help("join them with `and`")),
            None => Ok(binary(operator, left, right)),
        }
    }

    /// Takes `==` and its like, `in`, or `not in`.
    fn comparator(&mut self) -> Option<Binary> {
        if let Some(operator) = self.operator(COMPARISONS) {
            return Some(operator);
        }
        let is_in =
            |kind: Option<&TokenKind>| matches!(kind, Some(TokenKind::Name(name)) if name == "in");
        if self.take_word("in").is_some() {
            return Some(Binary::In);
        }
        if is_in(self.ahead(1).map(|token| &token.kind)) && self.take_word("not").is_some() {
            self.skip();
            return Some(Binary::NotIn);
        }
        None
    }

    fn range(&mut self) -> Result<Expr, SyntaxError> {
        let start = self.level(SUMS, |parser| parser.level(PRODUCTS, Self::minus))?;
        if !self.has_ranges || self.take("..").is_none() {
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
        while self.take("^").is_some() || self.take_stars() {
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
}

impl Parser<'_> {
    /// Takes `**` as a power, unless it begins the next word of a command: there `data **options` hands fields over.
    fn take_stars(&mut self) -> bool {
        !(self.is_word && self.is_spread(0)) && self.take("**").is_some()
    }

    fn symbol_ahead(&self, ahead: usize) -> Option<&'static str> {
        match self.ahead(ahead).map(|token| &token.kind) {
            Some(TokenKind::Symbol(symbol)) => Some(*symbol),
            _ => None,
        }
    }

    fn is_name_ahead(&self, ahead: usize) -> bool {
        matches!(self.ahead(ahead).map(|token| &token.kind), Some(TokenKind::Name(_)))
    }

    /// Whether what comes so far ahead is `**options` after a blank, and no operation of that name follows.
    fn is_spread(&self, ahead: usize) -> bool {
        let before = if ahead == 0 { self.last() } else { self.ahead(ahead - 1) };
        let (Some(before), Some(stars), Some(next)) =
            (before, self.ahead(ahead), self.ahead(ahead + 1))
        else {
            return false;
        };
        let is_glued = before.span.end == stars.span.start;
        if self.symbol_ahead(ahead) != Some("**") || is_glued {
            return false;
        }
        // Of what has no name it is refused, which says more than a power of a data set.
        if self.symbol_ahead(ahead + 1) == Some("(") && next.span.start == stars.span.end {
            return true;
        }
        let is_value =
            matches!(&next.kind, TokenKind::Name(word) if word == "true" || word == "false");
        if !self.is_name_ahead(ahead + 1) || is_value {
            return false;
        }
        let mut end = ahead + 2;
        while self.symbol_ahead(end) == Some(".") && self.is_name_ahead(end + 1) {
            end += 2;
        }
        self.begins_word(end)
    }

    /// Whether the token so far ahead begins a word of a command, or nothing comes there: it is no operator.
    fn begins_word(&self, ahead: usize) -> bool {
        let (Some(next), Some(last)) = (self.ahead(ahead), self.ahead(ahead - 1)) else {
            return true;
        };
        match &next.kind {
            TokenKind::Name(word) => !["and", "or", "in", "not"].contains(&word.as_str()),
            TokenKind::Symbol("**") => self.is_spread(ahead),
            TokenKind::Symbol("(" | "[") => next.span.start > last.span.end,
            TokenKind::Symbol(symbol) => ["}", ","].contains(symbol),
            _ => true,
        }
    }
}

fn unary(operator: Unary, sign: Span, operand: Expr) -> Expr {
    let span = sign.to(operand.span);
    Expr { kind: ExprKind::Unary(operator, Box::new(operand)), span }
}
