//! Functions of the user's written out as one expression: names outside by their numbers, other functions by what they
//! compute.

use super::statements::no_parameter;
use crate::syntax::{
    Argument, Assignment, Body, Expr, ExprKind, Span, Statement, StatementKind, Target,
};
use crate::{Failure, Function, Session, Value};
use relume_catalog::counted;
use relume_tensor::interrupt;
use std::collections::BTreeMap;

/// Functions that use one another, at most so deep.
const DEEPEST: usize = 50;
/// The most operators, numbers and names of what is written out.
const LONGEST: usize = 5_000;
/// The most of them that are looked at or copied on the way: functions that use one another twice, and not what they
/// compute, take exponential time to write out something short.
const MOST_STEPS: usize = 200_000;
/// How deep its operators may be nested.
const MOST_NESTED: usize = 200;

/// An expression that is written out, with its size.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub expr: Expr,
    count: usize,
    depth: usize,
}

impl Written {
    fn leaf(kind: ExprKind, span: Span) -> Self {
        Written { expr: Expr { kind, span }, count: 1, depth: 1 }
    }

    /// A number.
    pub fn number(x: f64, span: Span) -> Self {
        Self::leaf(ExprKind::Number(x), span)
    }

    /// A name that stays.
    pub fn name(name: &str, span: Span) -> Self {
        Self::leaf(ExprKind::Name(name.to_string()), span)
    }
}

/// What the names of a function stand for.
pub(super) type Scope = BTreeMap<String, Written>;

/// Writes functions out.
pub(super) struct Inliner<'a> {
    session: &'a Session,
    depth: usize,
    /// Where the call of an inner function stands: its own places belong to another text.
    place: Option<Span>,
    steps: usize,
}

impl<'a> Inliner<'a> {
    pub fn new(session: &'a Session) -> Self {
        Inliner { session, depth: 0, place: None, steps: 0 }
    }

    fn span(&self, own: Span) -> Span {
        self.place.unwrap_or(own)
    }

    /// Counts what is looked at or copied, up to a bound; Ctrl-C ends it.
    fn count_steps(&mut self, steps: usize, span: Span) -> Result<(), Failure> {
        interrupt::check();
        self.steps = self.steps.saturating_add(steps);
        match self.steps > MOST_STEPS {
            true => {
                let message = "writing this function out takes too many steps for an activation";
                Err(Failure::at(self.span(span), message)
                    .help("it uses other functions too often: leave out what it does not need"))
            }
            false => Ok(()),
        }
    }

    /// What a function computes, of what its names stand for.
    pub fn body(&mut self, function: &Function, mut scope: Scope) -> Result<Written, Failure> {
        let statements = match &function.definition.body {
            Body::Expression(expr) => return self.expression(expr, &scope),
            Body::Block(statements) => statements,
        };
        let end = self.span(function.definition.span);
        for (i, Statement { kind, span, .. }) in statements.iter().enumerate() {
            match kind {
                StatementKind::Assign(assignment) => self.assign(assignment, &mut scope)?,
                StatementKind::Return(Some(value)) => return self.expression(value, &scope),
                StatementKind::Expression(value) if i + 1 == statements.len() => {
                    return self.expression(value, &scope);
                }
                kind => return Err(refused(kind, self.span(*span))),
            }
        }
        Err(Failure::at(end, format!("{} gives no number", function.name())))
    }

    fn assign(&mut self, assignment: &Assignment, scope: &mut Scope) -> Result<(), Failure> {
        let Assignment { targets, operator, value } = assignment;
        let [Target { name, steps, span, .. }] = &targets[..] else {
            return Err(Failure::at(self.span(value.span), "an activation works on one number"));
        };
        if !steps.is_empty() {
            let message = "items cannot be changed in an activation: it works on one number";
            return Err(Failure::at(self.span(*span), message));
        }
        let mut new = self.expression(value, scope)?;
        if let Some(operator) = operator {
            let old = self.name(&name.text, name.span, scope)?;
            new = self.joined(
                |[old, new]| ExprKind::Binary(*operator, Box::new(old), Box::new(new)),
                [old, new],
                *span,
            )?;
        }
        scope.insert(name.text.clone(), new);
        Ok(())
    }

    /// An expression of what the names in it stand for.
    pub fn expression(&mut self, expr: &Expr, scope: &Scope) -> Result<Written, Failure> {
        self.count_steps(1, expr.span)?;
        match &expr.kind {
            ExprKind::Name(name) => self.name(name, expr.span, scope),
            ExprKind::Unary(operator, operand) => {
                let operand = self.expression(operand, scope)?;
                let kind = |[operand]: [Expr; 1]| ExprKind::Unary(*operator, Box::new(operand));
                self.joined(kind, [operand], expr.span)
            }
            ExprKind::Binary(operator, left, right) => {
                let sides = [self.expression(left, scope)?, self.expression(right, scope)?];
                let kind = |[left, right]: [Expr; 2]| {
                    ExprKind::Binary(*operator, Box::new(left), Box::new(right))
                };
                self.joined(kind, sides, expr.span)
            }
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, expr.span, scope),
            // Numbers, and what the formula's own check refuses.
            kind => Ok(Written::leaf(kind.clone(), self.span(expr.span))),
        }
    }

    /// An operator or a call of what is written out.
    fn joined<const N: usize>(
        &self,
        kind: impl FnOnce([Expr; N]) -> ExprKind,
        parts: [Written; N],
        span: Span,
    ) -> Result<Written, Failure> {
        let count = 1 + parts.iter().map(|part| part.count).sum::<usize>();
        let depth = 1 + parts.iter().map(|part| part.depth).max().unwrap_or(0);
        let span = self.span(span);
        self.check_size(count, depth, span)?;
        Ok(Written { expr: Expr { kind: kind(parts.map(|part| part.expr)), span }, count, depth })
    }

    fn check_size(&self, count: usize, depth: usize, span: Span) -> Result<(), Failure> {
        match count > LONGEST || depth > MOST_NESTED {
            true => {
                Err(Failure::at(span, "written out, this function is too long for an activation"))
            }
            false => Ok(()),
        }
    }

    fn name(&mut self, name: &str, span: Span, scope: &Scope) -> Result<Written, Failure> {
        let span = self.span(span);
        if let Some(own) = scope.get(name) {
            self.count_steps(own.count, span)?;
            let mut own = own.clone();
            own.expr.span = span;
            return Ok(own);
        }
        let number = match self.session.names.get(name) {
            Some(Value::Number(x)) => Some(*x),
            Some(Value::Tensor(tensor)) => tensor.item().map(super::widened),
            Some(_) => None,
            None => return Err(self.session.unknown(name, span)),
        };
        match number.filter(|x| x.is_finite()) {
            Some(x) => Ok(Written::number(x, span)),
            None => {
                let kind = self.session.names.get(name).map_or("nothing", Value::kind);
                let message =
                    format!("`{name}` is {kind}; an activation is made of finite numbers");
                Err(Failure::at(span, message))
            }
        }
    }

    fn call(
        &mut self,
        callee: &Expr,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Result<Written, Failure> {
        let mut given = Vec::with_capacity(arguments.len());
        for Argument { name, value } in arguments {
            given.push((name.clone(), self.expression(value, scope)?));
        }
        let (callee, base) = match &callee.kind {
            ExprKind::Name(name) => match self.session.names.get(name) {
                Some(Value::Function(function)) if !scope.contains_key(name) => {
                    return self.inlined(&function.clone(), given, span);
                }
                _ => (callee.clone(), None),
            },
            ExprKind::Field(base, name, at) => {
                let base = self.expression(base, scope)?;
                let kind = ExprKind::Field(Box::new(base.expr.clone()), name.clone(), *at);
                (Expr { kind, span: callee.span }, Some(base))
            }
            _ => (callee.clone(), None),
        };
        let parts = given.iter().map(|(_, value)| value).chain(&base);
        let count = 1 + parts.clone().map(|part| part.count).sum::<usize>();
        let depth = 1 + parts.map(|part| part.depth).max().unwrap_or(0);
        let span = self.span(span);
        self.check_size(count, depth, span)?;
        let arguments =
            given.into_iter().map(|(name, value)| Argument { name, value: value.expr }).collect();
        let kind = ExprKind::Call { callee: Box::new(callee), arguments };
        Ok(Written { expr: Expr { kind, span }, count, depth })
    }

    /// What another function of the user's computes of its arguments.
    fn inlined(
        &mut self,
        function: &Function,
        given: Vec<(Option<(String, Span)>, Written)>,
        span: Span,
    ) -> Result<Written, Failure> {
        let span = self.span(span);
        if self.depth == DEEPEST {
            let message = format!("{} calls itself, or others too deeply", function.name());
            return Err(Failure::at(span, message)
                .help("an activation takes the same steps for every number"));
        }
        let scope = self.bound(function, given, span)?;
        let outer = self.place.replace(span);
        self.depth += 1;
        let written = self.body(function, scope);
        self.depth -= 1;
        self.place = outer;
        written
    }

    /// The scope of an inner function: its parameters by what they are given, or by their defaults.
    fn bound(
        &mut self,
        function: &Function,
        given: Vec<(Option<(String, Span)>, Written)>,
        span: Span,
    ) -> Result<Scope, Failure> {
        let parameters = &function.definition.parameters;
        let wrong = |message: String| Err(Failure::at(span, message).help(function.usage()));
        let mut scope = Scope::new();
        for (place, (name, value)) in given.into_iter().enumerate() {
            let parameter = match &name {
                None => parameters.get(place),
                Some((name, _)) => parameters.iter().find(|own| own.name.text == *name),
            };
            match parameter.map(|own| own.name.text.clone()) {
                Some(own) if !scope.contains_key(&own) => drop(scope.insert(own, value)),
                Some(own) => return wrong(format!("{} is given `{own}` twice", function.name())),
                None => {
                    return match &name {
                        Some((name, at)) => Err(no_parameter(function, name, self.span(*at))),
                        None => {
                            let most = counted(parameters.len(), "argument");
                            wrong(format!("{} takes at most {most}", function.name()))
                        }
                    };
                }
            }
        }
        for parameter in parameters {
            let name = &parameter.name.text;
            match &parameter.default {
                _ if scope.contains_key(name) => {}
                None => return wrong(format!("{} needs `{name}`", function.name())),
                Some(default) if is_param(default) => {
                    return Err(Failure::at(
                        span,
                        format!("{} has a trained constant `{name}` of its own", function.name()),
                    )
                    .help(format!("give the outer function one, and pass it on: {name}={name}")));
                }
                Some(default) => {
                    let outer = self.place.replace(span);
                    let value = self.expression(default, &scope);
                    self.place = outer;
                    scope.insert(name.clone(), value?);
                }
            }
        }
        Ok(scope)
    }
}

/// Whether an expression is `param(...)`.
pub(super) fn is_param(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { callee, .. }
        if matches!(&callee.kind, ExprKind::Name(name) if name == "param"))
}

/// A statement that does not compute a number.
fn refused(kind: &StatementKind, span: Span) -> Failure {
    let (what, help) = match kind {
        StatementKind::If { .. } => {
            ("`if` decides once for all numbers", "where(x > 0, a, b) decides for each number")
        }
        StatementKind::For { .. } | StatementKind::While { .. } => {
            ("a loop cannot stand in an activation", "write its steps out")
        }
        _ => (
            "this statement cannot stand in an activation",
            "an activation has assignments, and at its end what it computes",
        ),
    };
    Failure::at(span, what).help(help)
}
