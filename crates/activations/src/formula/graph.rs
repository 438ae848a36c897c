//! A formula as a graph: each value that it computes once, after those that it is computed from.

use super::FormulaError;
use super::definition::{Constant, Definition};
use super::names::{self, Function};
use super::pairs::Pair;
use super::print;
use super::refusals::{param_within, refused, refused_operator};
use relume_autograd::ops;
use relume_catalog::syntax::{Argument, Binary, Expr, ExprKind, Span, Unary};
use std::sync::Arc;

/// The most values of a formula: each has its numbers in the cache while a block of inputs is computed.
const MOST_NODES: usize = 500;

/// A value of a formula; others are meant by their places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Node {
    /// The number that it is a function of.
    Input,
    /// A number.
    Constant(f64),
    /// The trained constant of this index.
    Parameter(usize),
    /// The function of this index, of a value.
    Function(usize, usize),
    /// A function of two values.
    Pair(Pair, usize, usize),
    /// The second value where the first is not 0, and the third elsewhere.
    Where(usize, usize, usize),
}

impl Node {
    /// The places of the values that it is computed from.
    pub fn operands(self) -> impl Iterator<Item = usize> {
        let places = match self {
            Node::Input | Node::Constant(_) | Node::Parameter(_) => [None; 3],
            Node::Function(_, a) => [Some(a), None, None],
            Node::Pair(_, a, b) => [Some(a), Some(b), None],
            Node::Where(condition, a, b) => [Some(condition), Some(a), Some(b)],
        };
        places.into_iter().flatten()
    }

    /// Whether the result depends on some of its operands, or on what they are multiplied with, at some points only.
    pub fn is_branch(&self) -> bool {
        match self {
            Node::Where(..) => true,
            Node::Pair(pair, ..) => !matches!(
                pair,
                Pair::Add | Pair::Sub | Pair::Mul | Pair::Div | Pair::Rem | Pair::Pow
            ),
            _ => false,
        }
    }

    fn moved(self, to: &[usize]) -> Self {
        match self {
            Node::Function(function, a) => Node::Function(function, to[a]),
            Node::Pair(pair, a, b) => Node::Pair(pair, to[a], to[b]),
            Node::Where(condition, a, b) => Node::Where(to[condition], to[a], to[b]),
            other => other,
        }
    }
}

/// The values of a formula in the order in which they are computed; the last one is its result.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub functions: Vec<Function>,
}

impl Graph {
    /// The graph of a definition.
    ///
    /// # Errors
    /// The first thing in it that cannot stand in an activation function.
    pub fn of(definition: &Definition) -> Result<Self, FormulaError> {
        let mut builder = Builder::new(Some(definition));
        let result = builder.expression(&definition.body)?;
        let graph = builder.finish(result);
        match graph.nodes.contains(&Node::Input) {
            true => Ok(graph),
            false => Err(FormulaError::new(
                definition.body.span,
                format!("{} does not depend on `{}`", definition.name, definition.input),
            )),
        }
    }

    /// The number of an expression without names: `sqrt(2)`.
    ///
    /// # Errors
    /// It depends on something else, or is not finite.
    pub fn number(expr: &Expr) -> Result<f64, FormulaError> {
        let mut builder = Builder::new(None);
        let result = builder.expression(expr)?;
        match builder.nodes[result] {
            Node::Constant(x) if (x as f32).is_finite() => Ok(x),
            _ => Err(FormulaError::new(expr.span, "a constant is a finite number")),
        }
    }
}

/// Turns an expression into nodes; equal ones are one node.
struct Builder<'a> {
    definition: Option<&'a Definition>,
    nodes: Vec<Node>,
    functions: Vec<(String, Function)>,
}

impl<'a> Builder<'a> {
    fn new(definition: Option<&'a Definition>) -> Self {
        Builder { definition, nodes: Vec::new(), functions: Vec::new() }
    }

    /// The nodes that the result needs.
    fn finish(self, result: usize) -> Graph {
        let mut is_needed = vec![false; self.nodes.len()];
        is_needed[result] = true;
        for at in (0..=result).rev() {
            if is_needed[at] {
                self.nodes[at].operands().for_each(|operand| is_needed[operand] = true);
            }
        }
        let mut moved = vec![0; self.nodes.len()];
        let mut nodes = Vec::new();
        for (at, node) in self.nodes.into_iter().enumerate().filter(|(at, _)| is_needed[*at]) {
            moved[at] = nodes.len();
            nodes.push(node.moved(&moved));
        }
        Graph { nodes, functions: self.functions.into_iter().map(|(_, op)| op).collect() }
    }

    /// The place of a node.
    fn add(&mut self, node: Node, span: Span) -> Result<usize, FormulaError> {
        // Compared by their bits, so that 0 and -0 stay apart.
        let is_same = |own: &Node| match (*own, node) {
            (Node::Constant(a), Node::Constant(b)) => a.to_bits() == b.to_bits(),
            (own, node) => own == node,
        };
        if let Some(at) = self.nodes.iter().position(is_same) {
            return Ok(at);
        }
        if self.nodes.len() >= MOST_NODES {
            let message = format!("a formula computes at most {MOST_NODES} values");
            return Err(FormulaError::new(span, message));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn constant(&self, at: usize) -> Option<f64> {
        match self.nodes[at] {
            Node::Constant(x) => Some(x),
            _ => None,
        }
    }

    fn expression(&mut self, expr: &Expr) -> Result<usize, FormulaError> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Number(x) => self.add(Node::Constant(*x), span),
            ExprKind::Name(name) => self.name(name, span),
            ExprKind::Unary(Unary::Minus, operand) => {
                let operand = self.expression(operand)?;
                match self.constant(operand) {
                    Some(x) => self.add(Node::Constant(-x), span),
                    None => {
                        let minus = self.add(Node::Constant(-1.0), span)?;
                        self.add(Node::Pair(Pair::Mul, operand, minus), span)
                    }
                }
            }
            ExprKind::Binary(Binary::Pow, base, exponent) => {
                let (base, exponent) = (self.expression(base)?, self.expression(exponent)?);
                self.power(base, exponent, span)
            }
            ExprKind::Binary(operator, left, right) => {
                let pair = Pair::of(*operator).ok_or_else(|| refused_operator(*operator, span))?;
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                self.pair(pair, left, right, span)
            }
            ExprKind::Call { callee, arguments } => match &callee.kind {
                // `x.exp()` is `exp(x)`.
                ExprKind::Field(base, name, _) => {
                    let first = Argument { name: None, value: (**base).clone() };
                    let all: Vec<Argument> =
                        std::iter::once(first).chain(arguments.iter().cloned()).collect();
                    self.call(name, &all, span)
                }
                kind => match names::name_of(kind) {
                    Some(name) => self.call(name, arguments, span),
                    None => Err(FormulaError::new(callee.span, "a function's name is wanted here")),
                },
            },
            _ => Err(refused(expr)),
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Result<usize, FormulaError> {
        let Some(definition) = self.definition else {
            return Err(FormulaError::new(span, "a constant is a number, or param(1)"));
        };
        if name == definition.input {
            return self.add(Node::Input, span);
        }
        let own = definition.constants.iter().find(|(own, _)| own == name);
        match own.map(|(_, constant)| constant) {
            Some(Constant::Fixed(x)) => self.add(Node::Constant(*x), span),
            Some(Constant::Trained { .. }) => {
                let mut trained = definition.trained().map(|(own, ..)| own);
                let index = trained.position(|own| own == name).unwrap_or_default();
                self.add(Node::Parameter(index), span)
            }
            None => Err(FormulaError::new(span, format!("the formula has no constant `{name}`"))
                .help(format!(
                    "give it a value: {}({}, {name}=1) = ..., or {name}=param(1) to train it",
                    definition.name, definition.input
                ))),
        }
    }

    fn call(
        &mut self,
        name: &str,
        arguments: &[Argument],
        span: Span,
    ) -> Result<usize, FormulaError> {
        let name = names::own_name(name);
        let (given, options): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(|argument| argument.name.is_none());
        let options: Vec<Argument> = options.into_iter().cloned().collect();
        match (name, &given[..], options.is_empty()) {
            ("minimum" | "maximum", [a, b], true) => {
                let pair = if name == "minimum" { Pair::Minimum } else { Pair::Maximum };
                let (a, b) = (self.expression(&a.value)?, self.expression(&b.value)?);
                self.pair(pair, a, b, span)
            }
            ("where", [condition, a, b], true) => {
                let condition = self.expression(&condition.value)?;
                let (a, b) = (self.expression(&a.value)?, self.expression(&b.value)?);
                self.add(Node::Where(condition, a, b), span)
            }
            ("minimum" | "maximum", ..) => {
                Err(FormulaError::new(span, format!("{name} takes two numbers: {name}(x, 0)")))
            }
            ("where", ..) => {
                Err(FormulaError::new(span, "where takes a condition and two numbers")
                    .help("where(x > 0, x, 0.1 * x)"))
            }
            ("clip", [x, bounds @ ..], _) => {
                let x = self.expression(&x.value)?;
                self.clip(x, bounds, &options, span)
            }
            ("param", ..) => Err(match self.definition {
                Some(definition) => {
                    let text = print::call(name, arguments);
                    param_within(definition, &text, span)
                }
                None => names::unknown(name, span),
            }),
            (_, given, _) => self.of_one(name, given, &options, span),
        }
    }

    /// A function of one number.
    fn of_one(
        &mut self,
        name: &str,
        given: &[&Argument],
        options: &[Argument],
        span: Span,
    ) -> Result<usize, FormulaError> {
        let op = names::function(name, options, span)?;
        let op = op.ok_or_else(|| names::unknown(name, span))?;
        let [x] = given else {
            return Err(FormulaError::new(span, format!("{name} takes one number")));
        };
        let x = self.expression(&x.value)?;
        if let Some(value) = self.constant(x).and_then(|x| names::of_number(name, x)) {
            return self.add(Node::Constant(value), span);
        }
        self.function(format!("{name} {op:?}"), op, x, span)
    }

    /// A function of one value; the key tells it from others.
    fn function(
        &mut self,
        key: String,
        op: Function,
        x: usize,
        span: Span,
    ) -> Result<usize, FormulaError> {
        let own = self.functions.iter().position(|(own, _)| *own == key);
        let function = own.unwrap_or_else(|| {
            self.functions.push((key, op));
            self.functions.len() - 1
        });
        self.add(Node::Function(function, x), span)
    }

    fn pair(&mut self, pair: Pair, a: usize, b: usize, span: Span) -> Result<usize, FormulaError> {
        if let (Some(x), Some(y)) = (self.constant(a), self.constant(b)) {
            return self.add(Node::Constant(pair.of_numbers(x, y)), span);
        }
        self.add(Node::Pair(pair, a, b), span)
    }

    /// Powers with small whole exponents are products, which are much faster.
    fn power(&mut self, base: usize, exponent: usize, span: Span) -> Result<usize, FormulaError> {
        let (name, times) = match self.constant(exponent) {
            Some(1.0) => return Ok(base),
            Some(-1.0) => ("reciprocal", 1),
            Some(0.5) => ("sqrt", 1),
            Some(x @ (2.0 | 3.0 | 4.0)) => ("square", x as usize),
            _ => return self.pair(Pair::Pow, base, exponent, span),
        };
        let (Some(op), None) = (names::function(name, &[], span)?, self.constant(base)) else {
            return self.pair(Pair::Pow, base, exponent, span);
        };
        let root = self.function(format!("{name} {op:?}"), op, base, span)?;
        match times {
            3 => self.pair(Pair::Mul, root, base, span),
            4 => self.pair(Pair::Mul, root, root, span),
            _ => Ok(root),
        }
    }

    /// `clip(x, -1, 1)`, `clip(x, min=0)`: one function if its bounds are numbers, and otherwise the smaller and the
    /// larger of two values.
    fn clip(
        &mut self,
        x: usize,
        bounds: &[&Argument],
        options: &[Argument],
        span: Span,
    ) -> Result<usize, FormulaError> {
        let mut ends = [None, None];
        for (i, bound) in bounds.iter().enumerate() {
            match ends.get_mut(i) {
                Some(end) => *end = Some(self.expression(&bound.value)?),
                None => return Err(FormulaError::new(bound.value.span, "clip takes two bounds")),
            }
        }
        for Argument { name, value } in options {
            match name.as_ref().map(|(name, _)| name.as_str()) {
                Some("min") => ends[0] = Some(self.expression(value)?),
                Some("max") => ends[1] = Some(self.expression(value)?),
                _ => {
                    return Err(FormulaError::new(value.span, "clip has the options min and max"));
                }
            }
        }
        let none = [f64::NEG_INFINITY, f64::INFINITY];
        let numbers = [0, 1].map(|i| ends[i].map_or(Some(none[i]), |at| self.constant(at)));
        let [Some(low), Some(high)] = numbers else {
            let low = ends[0].map_or(Ok(x), |low| self.pair(Pair::Maximum, x, low, span))?;
            return ends[1].map_or(Ok(low), |high| self.pair(Pair::Minimum, low, high, span));
        };
        let function = match low <= high {
            true => Function::new(Arc::new(ops::clamped(low as f32, high as f32)).into()),
            false => None,
        };
        let function = function.ok_or_else(|| {
            let message = format!("the bounds {low} and {high} leave nothing between them");
            FormulaError::new(span, message)
        })?;
        self.function(format!("clip {function:?}"), function, x, span)
    }
}
