//! Functions of tensors, networks and data.

use super::network::Joined;
use super::{Operation, gradient, tensor};
use crate::commands::{EVALUATE_ARGUMENTS, evaluate_call};
use crate::syntax::{Argument, Expr, Span};
use crate::{Failure, Session, Value};
use relume_autograd::{AutogradError, Tape, Var, ops};
use relume_catalog::{Argument as Described, Entry, Kind, Type};
use relume_tensor::{Rng, Shape, Stream, Tensor, TensorError};
use std::path::Path;

type Call = fn(&mut Session, &'static Function, &[Argument], Span) -> Result<Value, Failure>;

/// An operation that owns its options.
type OwnedOperation = Box<dyn Fn(&mut Tape, &[Var]) -> Result<Var, AutogradError>>;

/// A function of the command language.
pub(crate) struct Function {
    /// Its description.
    pub entry: Entry,
    /// What it does.
    pub call: Call,
}

const X: Described = Described::new("x", Type::Anything, "a tensor");
const AXIS: Described =
    Described::new("axis", Type::NATURAL, "the axis that disappears; all if not given").optional();

const fn function(
    name: &'static str,
    summary: &'static str,
    arguments: &'static [Described],
    example: &'static str,
    call: Call,
) -> Function {
    Function {
        entry: Entry {
            kind: Kind::Function,
            name,
            aliases: &[],
            summary,
            details: "",
            arguments,
            example,
        },
        call,
    }
}

/// Every function.
static FUNCTIONS: &[Function] = &[
    function(
        "grad",
        "the derivative of an expression that is a single number, with respect to a name",
        &[
            Described::new("expression", Type::Anything, "a single number"),
            Described::new(
                "name",
                Type::Anything,
                "the name of a number or tensor in it, or of a weight of a network that is applied in it",
            ),
        ],
        "x = 3; grad(x ^ 2, x)",
        gradient::grad,
    ),
    function(
        "dot",
        "the sum of the products of numbers at the same places",
        &[X, Described::new("y", Type::Anything, "a tensor of the same size")],
        "dot([1, 2], [3, 4])",
        |s, f, a, at| s.fixed(f, a, at, &|t, v| ops::dot(t, v[0], v[1])),
    ),
    function("exp", "e to the power of each number", &[X], "exp([0, 1])", |s, f, a, at| {
        s.fixed(f, a, at, &|t, v| ops::exp(t, v[0]))
    }),
    function("ln", "the natural logarithm of each number", &[X], "ln([1, 2])", |s, f, a, at| {
        s.fixed(f, a, at, &|t, v| ops::ln(t, v[0]))
    }),
    function("sqrt", "the square root of each number", &[X], "sqrt([4, 9])", |s, f, a, at| {
        s.fixed(f, a, at, &|t, v| ops::sqrt(t, v[0]))
    }),
    function("abs", "each number without its sign", &[X], "abs([-1, 2])", |s, f, a, at| {
        s.fixed(f, a, at, &|t, v| ops::abs(t, v[0]))
    }),
    function(
        "transpose",
        "a matrix with rows and columns exchanged",
        &[X],
        "transpose([[1, 2], [3, 4]])",
        |s, f, a, at| s.fixed(f, a, at, &|t, v| ops::transpose(t, v[0])),
    ),
    function(
        "sum",
        "the sum of all numbers, or along an axis",
        &[X, AXIS],
        "sum([[1, 2], [3, 4]], axis=0)",
        |s, f, a, at| {
            s.along(f, a, at, &|t, v| ops::sum(t, v[0]), |axis| {
                Box::new(move |t, v| ops::sum_axis(t, v[0], axis))
            })
        },
    ),
    function(
        "mean",
        "the mean of all numbers, or along an axis",
        &[X, AXIS],
        "mean([1, 2, 6])",
        |s, f, a, at| {
            s.along(f, a, at, &|t, v| ops::mean(t, v[0]), |axis| {
                Box::new(move |t, v| ops::mean_axis(t, v[0], axis))
            })
        },
    ),
    function("max", "the largest number", &[X], "max([1, 5, 2])", |s, f, a, at| {
        s.plain(f, a, at, |x| Ok(Tensor::scalar(x.max())))
    }),
    function("min", "the smallest number", &[X], "min([1, 5, 2])", |s, f, a, at| {
        s.plain(f, a, at, |x| Ok(Tensor::scalar(x.min())))
    }),
    function(
        "argmax",
        "the position of the largest number along the last axis",
        &[X],
        "argmax([1, 5, 2])",
        |s, f, a, at| {
            s.plain(f, a, at, |x| match x.rank().checked_sub(1) {
                Some(last) => x.argmax_axis(last)?.0.to_tensor(),
                None => Ok(Tensor::scalar(0.0)),
            })
        },
    ),
    function(
        "norm",
        "the square root of the sum of squares",
        &[X],
        "norm([3, 4])",
        |s, f, a, at| s.plain(f, a, at, |x| Ok(Tensor::scalar(x.norm()))),
    ),
    function("shape", "the sizes of a tensor's axes", &[X], "shape([[1, 2, 3]])", |s, f, a, at| {
        s.plain(f, a, at, |x| Ok(Tensor::from_fn(x.rank(), |i| x.dims()[i] as f32)))
    }),
    function(
        "reshape",
        "the same numbers in another shape",
        &[X, Described::new("sizes", Type::List(&Type::NATURAL), "the new sizes")],
        "reshape([1, 2, 3, 4], [2, 2])",
        reshape,
    ),
    function(
        "random",
        "normally distributed numbers, by the seed that `set` sets",
        &[Described::new("sizes", Type::List(&Type::NATURAL), "the sizes")],
        "random([2, 3])",
        random,
    ),
    function(
        "load",
        "a network from a file",
        &[Described::new("path", Type::Text, "the file")],
        "again = load(\"digits.rlm\")",
        load,
    ),
    function(
        "fresh",
        "the layers of a network without the weights that it has",
        &[Described::new("network", Type::Anything, "a network")],
        "net = input(4) -> dense(3); other = fresh(net) -> dense(2)",
        fresh,
    ),
    function(
        "evaluate",
        "a network's loss and metric on data, as values",
        EVALUATE_ARGUMENTS,
        "evaluate(mlp, digits.test, metrics=[f1]).f1",
        |s, _, a, at| evaluate_call(s, a, at),
    ),
];

/// The descriptions of all functions.
pub const ENTRIES: &[&Entry] = {
    const fn entries<const N: usize>() -> [&'static Entry; N] {
        let mut all = [&FUNCTIONS[0].entry; N];
        let mut i = 0;
        while i < N {
            all[i] = &FUNCTIONS[i].entry;
            i += 1;
        }
        all
    }
    &entries::<{ FUNCTIONS.len() }>()
};

pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.entry.answers_to(name))
}

impl Session {
    /// Exactly `N` operands without names.
    fn operands<const N: usize>(
        &mut self,
        function: &Function,
        arguments: &[Argument],
        span: Span,
    ) -> Result<[Value; N], Failure> {
        let values = arguments.iter().filter(|argument| argument.name.is_none());
        let values: Vec<Value> =
            values.map(|argument| self.evaluate(&argument.value)).collect::<Result<_, _>>()?;
        let named = arguments.iter().any(|argument| argument.name.is_some());
        values.try_into().ok().filter(|_| !named).ok_or_else(|| {
            Failure::at(
                span,
                format!(
                    "{} wants {N} argument{}",
                    function.entry.name,
                    if N == 1 { "" } else { "s" }
                ),
            )
            .help(format!("for example: {}", function.entry.example))
        })
    }

    /// An operation on as many operands as the function has arguments.
    fn fixed(
        &mut self,
        function: &'static Function,
        arguments: &[Argument],
        span: Span,
        operation: Operation<'_>,
    ) -> Result<Value, Failure> {
        match function.entry.arguments.len() {
            1 => {
                let operands = self.operands::<1>(function, arguments, span)?;
                self.apply(operation, &operands, span)
            }
            _ => {
                let operands = self.operands::<2>(function, arguments, span)?;
                self.apply(operation, &operands, span)
            }
        }
    }

    /// An operation on all numbers, or along the axis that is given by name.
    fn along(
        &mut self,
        function: &'static Function,
        arguments: &[Argument],
        span: Span,
        all: Operation<'_>,
        one: fn(usize) -> OwnedOperation,
    ) -> Result<Value, Failure> {
        let (axes, rest): (Vec<&Argument>, Vec<&Argument>) = arguments
            .iter()
            .partition(|argument| argument.name.as_ref().is_some_and(|(name, _)| name == "axis"));
        let rest: Vec<Argument> = rest.into_iter().cloned().collect();
        let operands = self.operands::<1>(function, &rest, span)?;
        match axes.first() {
            None => self.apply(all, &operands, span),
            Some(axis) => {
                let place = self.whole(&axis.value)?;
                let place = usize::try_from(place)
                    .map_err(|_| Failure::at(axis.value.span, "an axis is counted from 0"))?;
                self.apply(one(place).as_ref(), &operands, span)
            }
        }
    }

    /// A function without a derivative.
    fn plain(
        &mut self,
        function: &'static Function,
        arguments: &[Argument],
        span: Span,
        compute: fn(&Tensor) -> Result<Tensor, TensorError>,
    ) -> Result<Value, Failure> {
        match self.operands::<1>(function, arguments, span)? {
            [Value::Tracked(_)] => {
                Err(Failure::at(span, format!("{} has no derivative here", function.entry.name)))
            }
            [value] => match compute(&tensor(&value, span)?) {
                Ok(result) => Ok(Value::Tensor(result)),
                Err(error) => Err(Failure::at(span, error.to_string())),
            },
        }
    }

    /// Sizes given as a list.
    fn sizes(&mut self, expr: &Expr) -> Result<Shape, Failure> {
        let wrong = || Failure::at(expr.span, "sizes are a list of whole numbers: [2, 3]");
        let value = self.evaluate(expr)?;
        let numbers = tensor(&value, expr.span).map_err(|_| wrong())?;
        let sizes: Option<Vec<usize>> = numbers
            .data()
            .iter()
            .map(|&x| (x >= 0.0 && x.fract() == 0.0).then_some(x as usize))
            .collect();
        Shape::new(&sizes.ok_or_else(wrong)?).map_err(|error| Failure::tensor(&error, expr.span))
    }
}

fn reshape(
    session: &mut Session,
    _: &'static Function,
    arguments: &[Argument],
    span: Span,
) -> Result<Value, Failure> {
    let [x, sizes] = arguments else {
        return Err(
            Failure::at(span, "reshape wants a tensor and sizes").help("reshape(x, [2, 2])")
        );
    };
    let value = session.evaluate(&x.value)?;
    let shape = session.sizes(&sizes.value)?;
    session.apply(&|tape, v| ops::reshape(tape, v[0], shape), &[value], span)
}

fn random(
    session: &mut Session,
    _: &'static Function,
    arguments: &[Argument],
    span: Span,
) -> Result<Value, Failure> {
    let [sizes] = arguments else {
        return Err(Failure::at(span, "random wants sizes").help("random([2, 3])"));
    };
    let shape = session.sizes(&sizes.value)?;
    const MOST: usize = 1 << 28;
    if shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size)).is_none_or(|n| n > MOST) {
        return Err(Failure::at(sizes.value.span, "these are too many numbers"));
    }
    Ok(Value::Tensor(
        Rng::stream(session.settings.seed, Stream::Prompt).normal_tensor(shape, 0.0, 1.0),
    ))
}

fn load(
    session: &mut Session,
    _: &'static Function,
    arguments: &[Argument],
    span: Span,
) -> Result<Value, Failure> {
    let [Argument { value, .. }] = arguments else {
        return Err(Failure::at(span, "load wants a file").help("again = load(\"digits.rlm\")"));
    };
    let Value::Text(path) = session.evaluate(value)? else {
        return Err(Failure::at(value.span, "a file's name is wanted, in double quotes"));
    };
    let model = relume_training::load(Path::new(&path))
        .map_err(|error| Failure::training(&error, value.span, None))?;
    Ok(Value::Network(Box::new(model)))
}

fn fresh(
    session: &mut Session,
    function: &'static Function,
    arguments: &[Argument],
    span: Span,
) -> Result<Value, Failure> {
    match session.operands::<1>(function, arguments, span)? {
        [Value::Network(model)] => {
            let spec = model.spec().clone();
            let spans = vec![span; spec.layers.len()];
            session.network_value(Joined { spec, spans, ..Joined::default() })
        }
        [other] => Err(Failure::at(span, format!("fresh wants a network, not {}", other.kind()))),
    }
}
