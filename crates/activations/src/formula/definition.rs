//! Definitions of activation functions as text: `swoosh(x, beta=param(1)) = x * sigmoid(beta * x)`.

use super::graph::Graph;
use super::{FormulaError, print};
use relume_catalog::syntax::{Argument, Expr, ExprKind, Parser, Span, TokenKind};
use relume_catalog::{Choice, Field, Value, literal};
use relume_tensor::Shape;
use std::fmt;

/// The most bytes of a text: more are no formula that was typed.
const LONGEST: usize = 20_000;

/// The name of a function that has none, and of its input.
const UNNAMED: (&str, &str) = ("formula", "x");

/// An activation function: what it computes of one number, with its constants.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// The function's name.
    pub name: String,
    /// The name of the number that it is a function of.
    pub input: String,
    /// Its constants by name.
    pub constants: Vec<(String, Constant)>,
    /// What it computes.
    pub body: Expr,
}

/// A constant of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Constant {
    /// A number.
    Fixed(f64),
    /// A parameter, trained with the network.
    Trained {
        /// Its first value.
        first: f64,
        /// How many numbers it has.
        shape: ConstantShape,
    },
}

/// How many numbers a trained constant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum ConstantShape {
    /// One for the stage.
    One,
    /// One for each unit, or for each channel of an image: along the axis after the batch's.
    Units,
    /// One for each feature along the last axis, as in layernorm.
    Features,
}

impl ConstantShape {
    /// How many numbers it has for samples of shape `sample`.
    pub(super) fn count(self, sample: Shape) -> usize {
        match self {
            ConstantShape::One => 1,
            ConstantShape::Units => sample.first().copied().unwrap_or(1),
            ConstantShape::Features => sample.last().copied().unwrap_or(1),
        }
    }
}

impl Definition {
    /// Reads an expression in x, `x * sigmoid(1.5 * x)`, or a definition with a name and constants.
    ///
    /// # Errors
    /// A text that cannot be parsed or is too long, and a formula that [`Definition::check`] refuses.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let definition = Self::unchecked(text)?;
        definition.check()?;
        Ok(definition)
    }

    /// Reads a text as [`Definition::parse`] does, whether it is a function or not.
    pub(super) fn unchecked(text: &str) -> Result<Self, FormulaError> {
        if text.len() > LONGEST {
            let message = format!("a formula has at most {LONGEST} characters");
            return Err(FormulaError::new(Span::default(), message));
        }
        read(text)
    }

    /// Checks that it is a function of each number for itself, of which the derivative is known.
    ///
    /// # Errors
    /// The first thing in it that cannot stand in an activation function.
    pub fn check(&self) -> Result<(), FormulaError> {
        self.graph().map(drop)
    }

    /// Its graph, if it passes the check.
    pub(super) fn graph(&self) -> Result<Graph, FormulaError> {
        let names = || self.constants.iter().map(|(name, _)| name);
        for (i, name) in names().enumerate() {
            if *name == self.input || names().take(i).any(|other| other == name) {
                let message = format!("{} has two parameters called `{name}`", self.name);
                return Err(FormulaError::new(self.body.span, message));
            }
        }
        let trained = self.trained().count();
        if trained > crate::MOST_PARAMETERS {
            let most = crate::MOST_PARAMETERS;
            let message = format!("a function has at most {most} trained constants, not {trained}");
            return Err(FormulaError::new(self.body.span, message));
        }
        Graph::of(self)
    }

    /// The trained constants, in order: name, first value and shape.
    pub fn trained(&self) -> impl Iterator<Item = (&str, f64, ConstantShape)> {
        self.constants.iter().filter_map(|(name, constant)| match *constant {
            Constant::Trained { first, shape } => Some((name.as_str(), first, shape)),
            Constant::Fixed(_) => None,
        })
    }
}

/// The definition as text that parses back.
impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (self.name.as_str(), self.input.as_str()) == UNNAMED && self.constants.is_empty() {
            return f.write_str(&print::expression(&self.body));
        }
        write!(f, "{}({}", self.name, self.input)?;
        for (name, constant) in &self.constants {
            write!(f, ", {name}={constant}")?;
        }
        write!(f, ") = {}", print::expression(&self.body))
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |x: f64| relume_catalog::value_text(&Value::from(x));
        match *self {
            Constant::Fixed(value) => f.write_str(&number(value)),
            Constant::Trained { first, shape: ConstantShape::One } => {
                write!(f, "param({})", number(first))
            }
            Constant::Trained { first, shape } => {
                let shape = relume_catalog::value_text(&shape.to_value());
                write!(f, "param({}, shape={shape})", number(first))
            }
        }
    }
}

fn read(text: &str) -> Result<Definition, FormulaError> {
    let mut parser = Parser::new(text)?;
    let skip = |parser: &mut Parser<'_>| {
        while parser.peek_kind() == Some(&TokenKind::Break) {
            parser.skip();
        }
    };
    skip(&mut parser);
    let first = parser.expression()?;
    let definition = match parser.take("=") {
        Some(_) => {
            let body = parser.expression()?;
            head(&first, body)?
        }
        None => {
            let (name, input) = UNNAMED;
            let (name, input) = (name.to_string(), input.to_string());
            Definition { name, input, constants: Vec::new(), body: first }
        }
    };
    skip(&mut parser);
    parser.end()?;
    Ok(definition)
}

/// The name, the input and the constants, which stand before `=`.
fn head(expr: &Expr, body: Expr) -> Result<Definition, FormulaError> {
    let wrong = |span| {
        FormulaError::new(span, "a function's name and its parameters stand before `=`")
            .help("for example: swoosh(x, beta=param(1)) = x * sigmoid(beta * x)")
    };
    let ExprKind::Call { callee, arguments } = &expr.kind else { return Err(wrong(expr.span)) };
    let (ExprKind::Name(name), Some((input, constants))) = (&callee.kind, arguments.split_first())
    else {
        return Err(wrong(expr.span));
    };
    let Argument { name: None, value: Expr { kind: ExprKind::Name(input), .. } } = input else {
        return Err(wrong(input.value.span));
    };
    let constant = |argument: &Argument| match &argument.name {
        Some((name, _)) => Ok((name.clone(), Constant::read(&argument.value)?)),
        None => Err(FormulaError::new(
            argument.value.span,
            "an activation is a function of one number: what else it takes has a value",
        )
        .help("a number, beta=1.5, or one that is trained, beta=param(1)")),
    };
    let constants = constants.iter().map(constant).collect::<Result<_, _>>()?;
    Ok(Definition { name: name.clone(), input: input.clone(), constants, body })
}

impl Constant {
    /// The constant of an expression without names: `2`, `sqrt(2)`, `param(1)`, `param(0.25, shape="units")`.
    ///
    /// # Errors
    /// It is neither a finite number nor a `param` of one.
    pub fn read(expr: &Expr) -> Result<Self, FormulaError> {
        match &expr.kind {
            ExprKind::Call { callee, arguments } if matches!(&callee.kind, ExprKind::Name(name) if name == "param") => {
                trained(arguments, expr.span)
            }
            _ => Graph::number(expr).map(Constant::Fixed),
        }
    }
}

fn trained(arguments: &[Argument], span: Span) -> Result<Constant, FormulaError> {
    let (mut first, mut shape) = (None, ConstantShape::One);
    for (i, Argument { name, value }) in arguments.iter().enumerate() {
        match name.as_ref().map(|(name, _)| name.as_str()) {
            None if i == 0 => first = Some(Graph::number(value)?),
            Some("value") if first.is_none() => first = Some(Graph::number(value)?),
            Some("shape") => {
                let given = literal(value).map(ConstantShape::from_value);
                shape = given.and_then(Result::ok).ok_or_else(|| {
                    FormulaError::new(value.span, format!("`shape` wants {}", ConstantShape::TYPE))
                })?;
            }
            _ => return Err(FormulaError::new(value.span, "param takes a value and its shape")),
        }
    }
    match first {
        Some(first) => Ok(Constant::Trained { first, shape }),
        None => Err(FormulaError::new(span, "param needs the value that training begins with")
            .help("param(1)")),
    }
}
