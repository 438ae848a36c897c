//! Networks as text: `"conv2d(16, 3) -> relu -> flatten -> dense(10)".parse::<NetworkSpec>()`.
//!
//! The notation is the command language's without variables and without arithmetic: calls with arguments, `->`,
//! brackets, `* 3`, `input(...)`, and networks as arguments. A printed [`NetworkSpec`] parses to an equal one.

use crate::{InitializerSpec, LayerSpec, NetworkSpec, Stage};
use relume_activations::ActivationSpec;
use relume_catalog::syntax::{self, Argument, Binary, Expr, ExprKind, Span, SyntaxError};
use relume_catalog::{ArgumentError, Entry, Given, Kind, Place, Type, literal};
use std::fmt;
use std::str::FromStr;

/// The most stages of a network: more are probably a typing error.
const MOST_STAGES: usize = 10_000;

/// A text that is not a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NotationError {
    /// The position, in bytes.
    pub span: Span,
    /// Its line, counted from 1.
    pub line: usize,
    /// Its column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, if there is advice.
    pub help: Option<String>,
}

impl NotationError {
    fn new(text: &str, SyntaxError { span, message, help }: SyntaxError) -> Self {
        let before = text.get(..span.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        NotationError { span, line, column, message, help }
    }
}

impl fmt::Display for NotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

impl std::error::Error for NotationError {}

impl FromStr for NetworkSpec {
    type Err = NotationError;

    /// Reads the network notation.
    fn from_str(text: &str) -> Result<Self, NotationError> {
        let network = syntax::expression(text).and_then(|expression| network(&expression));
        network.map_err(|error| NotationError::new(text, error))
    }
}

fn wrong<T>(span: Span, message: impl Into<String>) -> Result<T, SyntaxError> {
    Err(SyntaxError::new(span, message))
}

/// Layers joined by arrows.
fn network(expr: &Expr) -> Result<NetworkSpec, SyntaxError> {
    match &expr.kind {
        ExprKind::Chain(parts) => {
            let mut joined = NetworkSpec::default();
            for (at, part) in parts.iter().enumerate() {
                let next = network(part)?;
                if at > 0 && next.input.is_some() {
                    return wrong(part.span, "input(...) can only stand at the beginning");
                }
                joined = joined.then(next);
            }
            Ok(joined)
        }
        ExprKind::Binary(Binary::Mul, part, times) => repeated(network(part)?, times),
        ExprKind::Name(name) => stage(name, &[], expr.span),
        ExprKind::Call { callee, arguments } => match &callee.kind {
            ExprKind::Name(name) if name == "input" => input(arguments, expr.span),
            ExprKind::Name(name) => stage(name, arguments, expr.span),
            _ => wrong(callee.span, "a layer's name is wanted here"),
        },
        _ => wrong(expr.span, "layers are wanted here, joined with `->`"),
    }
}

/// A network repeated.
fn repeated(part: NetworkSpec, times: &Expr) -> Result<NetworkSpec, SyntaxError> {
    let count = match times.kind {
        ExprKind::Number(x) if x.fract() == 0.0 && x >= 1.0 => x * part.layers.len() as f64,
        _ => {
            return wrong(times.span, "a chain is repeated a whole number of times, at least once");
        }
    };
    if count > MOST_STAGES as f64 {
        return wrong(times.span, format!("a network has up to {MOST_STAGES} stages"));
    }
    let layers = part.layers.iter().cloned().cycle().take(count as usize).collect();
    Ok(NetworkSpec { input: part.input, layers })
}

/// `input(3, 32, 32)`.
fn input(arguments: &[Argument], span: Span) -> Result<NetworkSpec, SyntaxError> {
    let size = |argument: &Argument| match (&argument.name, &argument.value.kind) {
        (None, ExprKind::Number(x)) if x.fract() == 0.0 && (1.0..9e15).contains(x) => {
            Ok(*x as usize)
        }
        (None, _) => wrong(argument.value.span, "a size is a whole number of at least 1"),
        (Some(_), _) => wrong(argument.value.span, "input takes sizes without names"),
    };
    let sizes = arguments.iter().map(size).collect::<Result<Vec<_>, _>>()?;
    match sizes.len() {
        1..=5 => Ok(NetworkSpec { input: Some(sizes), layers: Vec::new() }),
        _ => Err(SyntaxError::new(span, "input takes 1 to 5 sizes")
            .help("input(64), or input(3, 32, 32)")),
    }
}

/// A layer or an activation with its arguments.
fn stage(name: &str, arguments: &[Argument], span: Span) -> Result<NetworkSpec, SyntaxError> {
    let stage = match LayerSpec::find(name) {
        Some(entry) => {
            let call = Call::read(entry, arguments, span)?;
            call.build(|positional, named| LayerSpec::from_given(name, positional, named))?.into()
        }
        None => Stage::Activation(activation(name, arguments, span)?),
    };
    Ok(NetworkSpec::new(vec![stage]))
}

fn activation(
    name: &str,
    arguments: &[Argument],
    span: Span,
) -> Result<ActivationSpec, SyntaxError> {
    let Some(entry) = ActivationSpec::find(name) else {
        let known: Vec<_> =
            LayerSpec::entries().into_iter().chain(ActivationSpec::entries()).collect();
        return Err(placed(&ArgumentError::unknown_name(name, &known), span));
    };
    if let Some(argument) = arguments.iter().find(|argument| argument.name.is_none())
        && entry.is_applied()
    {
        return wrong(argument.value.span, format!("{name}'s options go by name"));
    }
    let call = Call::read(entry, arguments, span)?;
    call.build(|positional, named| ActivationSpec::from_given(name, positional, named))
}

/// The arguments of a call, each with its position.
struct Call {
    span: Span,
    positional: Vec<(Given, Span)>,
    named: Vec<(String, Span, Given, Span)>,
}

impl Call {
    fn read(entry: &Entry, arguments: &[Argument], span: Span) -> Result<Self, SyntaxError> {
        let mut call = Call { span, positional: Vec::new(), named: Vec::new() };
        // A list of networks needs no brackets: concat(a, b).
        if let Some(Type::List(item @ Type::Network)) =
            entry.arguments.first().map(|first| first.ty)
        {
            let branches = arguments.iter().filter(|argument| argument.name.is_none());
            let branches = branches.map(|argument| value(&argument.value, *item));
            call.positional.push((Given::List(branches.collect::<Result<_, _>>()?), span));
        }
        let is_listed = !call.positional.is_empty();
        for Argument { name, value: given } in arguments {
            match name {
                None if is_listed => {}
                None if !call.named.is_empty() => {
                    return wrong(given.span, "arguments with names follow those without");
                }
                None => {
                    let described = entry.arguments.get(call.positional.len());
                    let ty = described.map_or(Type::Anything, |argument| argument.ty);
                    call.positional.push((value(given, ty)?, given.span));
                }
                Some((name, name_span)) => {
                    let ty = entry.argument(name).map_or(Type::Anything, |argument| argument.ty);
                    call.named.push((name.clone(), *name_span, value(given, ty)?, given.span));
                }
            }
        }
        Ok(call)
    }

    /// Builds a specification; its error points to the argument that is wrong.
    fn build<T>(
        self,
        build: impl FnOnce(Vec<Given>, Vec<(String, Given)>) -> Result<T, ArgumentError>,
    ) -> Result<T, SyntaxError> {
        let (positional, spans): (Vec<_>, Vec<_>) = self.positional.into_iter().unzip();
        let (named, places): (Vec<_>, Vec<_>) = (self.named.into_iter())
            .map(|(name, name_span, value, span)| ((name, value), (name_span, span)))
            .unzip();
        build(positional, named).map_err(|error| {
            let span = match error.place {
                Place::Call => None,
                Place::Positional(i) => spans.get(i).copied(),
                Place::Name(i) => places.get(i).map(|place| place.0),
                Place::Named(i) => places.get(i).map(|place| place.1),
            };
            placed(&error, span.unwrap_or(self.span))
        })
    }
}

fn placed(error: &ArgumentError, span: Span) -> SyntaxError {
    SyntaxError { span, message: error.to_string(), help: error.help() }
}

/// An argument's value.
fn value(expr: &Expr, ty: Type) -> Result<Given, SyntaxError> {
    match (&expr.kind, ty) {
        (_, Type::Network) => Ok(Given::built(network(expr)?)),
        (_, Type::Spec(kind)) => specification(expr, kind),
        (ExprKind::List(items), ty) => {
            let item = if let Type::List(item) = ty { *item } else { Type::Anything };
            let items = items.iter().map(|expr| value(expr, item));
            Ok(Given::List(items.collect::<Result<_, _>>()?))
        }
        _ => match literal(expr) {
            Some(value) => Ok(value.into()),
            None => wrong(expr.span, "a number, a string, true, false or a list is wanted here"),
        },
    }
}

/// A specification of another kind as an argument: a name, or a call.
fn specification(expr: &Expr, kind: Kind) -> Result<Given, SyntaxError> {
    let (name, arguments): (_, &[Argument]) = match &expr.kind {
        ExprKind::Name(name) => (name, &[]),
        ExprKind::Call { callee, arguments } => match &callee.kind {
            ExprKind::Name(name) => (name, arguments),
            _ => {
                return wrong(
                    callee.span,
                    format!("a name of the kind {} is wanted here", kind.noun()),
                );
            }
        },
        _ => {
            return wrong(
                expr.span,
                format!("a specification of the kind {} is wanted here", kind.noun()),
            );
        }
    };
    match kind {
        Kind::Activation => Ok(Given::built(activation(name, arguments, expr.span)?)),
        Kind::Initializer => {
            let Some(entry) = InitializerSpec::find(name) else {
                let error = ArgumentError::unknown_name(name, &InitializerSpec::entries());
                return Err(placed(&error, expr.span));
            };
            let call = Call::read(entry, arguments, expr.span)?;
            let spec = call
                .build(|positional, named| InitializerSpec::from_given(name, positional, named))?;
            Ok(Given::built(spec))
        }
        _ => {
            wrong(expr.span, format!("no layer holds a specification of the kind {}", kind.noun()))
        }
    }
}
