//! Assignments and definitions: `x = 3`, `a, b = f(x)`, `options.lr *= 0.1`, `f(x, y=2) = x + y`.

use super::statement::{Statements, Within};
use super::{
    Argument, Assignment, Binary, Body, Expr, ExprKind, Function, Name, Parameter, Span,
    StatementKind, Step, SyntaxError, Target, TokenKind,
};
use std::sync::Arc;

/// Operators with `=`, and what they do first.
const OPERATORS: [(&str, Option<Binary>); 9] = [
    ("=", None),
    ("+=", Some(Binary::Add)),
    ("-=", Some(Binary::Sub)),
    ("*=", Some(Binary::Mul)),
    ("/=", Some(Binary::Div)),
    ("^=", Some(Binary::Pow)),
    ("**=", Some(Binary::Pow)),
    ("%=", Some(Binary::Rem)),
    ("@=", Some(Binary::MatMul)),
];

impl Statements<'_> {
    /// An expression alone, or what is assigned to it.
    pub fn expression_or_assignment(&mut self, start: Span) -> Result<StatementKind, SyntaxError> {
        if let Some(word) = self.word().filter(|_| self.is_symbol(1, "=")) {
            self.refuse_reserved(&word)?;
        }
        let first = self.parser.expression()?;
        if let (ExprKind::Call { callee, arguments }, Some(TokenKind::Symbol("="))) =
            (&first.kind, self.parser.peek_kind())
            && let ExprKind::Name(text) = &callee.kind
        {
            let name = Name { text: text.clone(), span: callee.span };
            return self.function(name, arguments, start);
        }
        let mut targets = vec![first];
        let comma = self.parser.here();
        while self.parser.take(",").is_some() {
            targets.push(self.parser.expression()?);
        }
        let operator = OPERATORS.iter().find(|(symbol, _)| self.parser.take(symbol).is_some());
        let Some((_, operator)) = operator else {
            return match targets.len() {
                1 => Ok(StatementKind::Expression(targets.remove(0))),
                _ => Err(SyntaxError::new(comma, "the line should end here")
                    .help("several values are a list: [a, b]; several names take one apart: a, b = [1, 2]")),
            };
        };
        let targets: Vec<Target> = targets.iter().map(target).collect::<Result<_, _>>()?;
        if targets.len() > 1 && operator.is_some() {
            return Err(SyntaxError::new(comma, "only `=` gives several names their values"));
        }
        for target in &targets {
            self.refuse_reserved(&target.name)?;
        }
        let value = self.parser.expression()?;
        self.names.extend(targets.iter().map(|target| target.name.text.clone()));
        Ok(StatementKind::Assign(Assignment { targets, operator: *operator, value }))
    }

    /// `f(x, y=2) = ...`, up to the `=`, which is not taken yet.
    fn function(
        &mut self,
        name: Name,
        arguments: &[Argument],
        start: Span,
    ) -> Result<StatementKind, SyntaxError> {
        if self.within.is_block || self.within.is_function {
            return Err(SyntaxError::new(
                name.span,
                "a function is defined outside of blocks and of other functions",
            )
            .help("define it before them; to compare, write `==`"));
        }
        self.refuse_reserved(&name)?;
        let parameters = self.parameters(arguments)?;
        self.parser.skip();
        // Inside, it is defined itself, and its parameters are.
        self.names.insert(name.text.clone());
        let names = self.names.clone();
        self.names.extend(parameters.iter().map(|parameter| parameter.name.text.clone()));
        self.within = Within { is_function: true, ..Within::default() };
        let body = match self.parser.peek_kind() {
            Some(TokenKind::Symbol("{")) => Body::Block(self.block("f(x) = { x ^ 2 }")?),
            _ => Body::Expression(self.parser.expression()?),
        };
        self.within = Within::default();
        self.names = names;
        let span = self.parser.last().map_or(start, |token| start.to(token.span));
        Ok(StatementKind::Function(Arc::new(Function { name, parameters, body, span })))
    }

    fn parameters(&self, arguments: &[Argument]) -> Result<Vec<Parameter>, SyntaxError> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for Argument { name, value } in arguments {
            let (name, default) = match (name, &value.kind) {
                (Some((text, span)), _) => {
                    (Name { text: text.clone(), span: *span }, Some(value.clone()))
                }
                (None, ExprKind::Name(text)) => {
                    (Name { text: text.clone(), span: value.span }, None)
                }
                _ => {
                    return Err(SyntaxError::new(
                        value.span,
                        "a parameter is a name, or a name with a default",
                    )
                    .help("for example: f(x, y=2) = x + y; to compare, write `==`"));
                }
            };
            self.refuse_reserved(&name)?;
            if parameters.iter().any(|other| other.name.text == name.text) {
                let message = format!("there are two parameters `{}`", name.text);
                return Err(SyntaxError::new(name.span, message));
            }
            let follows_a_default = parameters.last().is_some_and(|last| last.default.is_some());
            if default.is_none() && follows_a_default {
                return Err(SyntaxError::new(
                    name.span,
                    "parameters with defaults follow those without",
                ));
            }
            parameters.push(Parameter { name, default });
        }
        Ok(parameters)
    }
}

/// An expression as what is assigned to.
fn target(expr: &Expr) -> Result<Target, SyntaxError> {
    let extended = |base: &Expr, step: Step| {
        let mut inner = target(base)?;
        inner.steps.push(step);
        inner.span = expr.span;
        Ok(inner)
    };
    match &expr.kind {
        ExprKind::Name(text) => {
            let name = Name { text: text.clone(), span: expr.span };
            Ok(Target { name, steps: Vec::new(), span: expr.span })
        }
        ExprKind::Field(base, text, span) => {
            extended(base, Step::Field(Name { text: text.clone(), span: *span }))
        }
        ExprKind::Index(base, subscripts) => {
            extended(base, Step::Index(subscripts.clone(), expr.span))
        }
        _ => Err(SyntaxError::new(expr.span, "this cannot be given a value")
            .help("names, fields and items can: x = 3, options.lr = 0.1, xs[0] = 2; to compare, write `==`")),
    }
}
