//! The functions that can stand in a formula, by name.

use crate::{ActivationSpec, Formula};
use relume_autograd::{OpRef, Pointwise, ops};
use relume_catalog::syntax::{Argument, ExprKind, Span};
use relume_catalog::{Described, Kind, Value, literal, nearest};

use super::FormulaError;

/// Other names of functions.
const ALIASES: [(&str, &str); 5] =
    [("log", "ln"), ("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"), ("clamp", "clip")];

/// Functions of several numbers, which the graph knows itself.
const OTHERS: [&str; 4] = ["where", "minimum", "maximum", "clip"];

/// The name that a function has here.
pub(super) fn own_name(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, own)| own)
}

/// An operation that is a function of each number.
#[derive(Clone, Debug)]
pub(super) struct Function(OpRef);

impl Function {
    /// The operation, if it is one.
    pub fn new(op: OpRef) -> Option<Self> {
        op.get().pointwise().is_some().then_some(Function(op))
    }

    /// Whether its result depends on the number at some points only.
    pub fn is_branch(&self) -> bool {
        self.0.get().name() == "clamp"
    }

    /// The function over slices.
    pub fn get(&self) -> &dyn Pointwise {
        match self.0.get().pointwise() {
            Some(function) => function,
            None => unreachable!("it was asked for when this was made"),
        }
    }
}

/// The operation of a function of one number with its options, if there is one of this name.
///
/// # Errors
/// Options that it does not take, or an activation that is no function of each number for itself.
pub(super) fn function(
    name: &str,
    options: &[Argument],
    span: Span,
) -> Result<Option<Function>, FormulaError> {
    if ActivationSpec::find(name).is_some() {
        return activation(name, options, span).map(Some);
    }
    let function = ops::function(name).and_then(|op| Function::new(op.into()));
    match options.first().filter(|_| function.is_some()) {
        None => Ok(function),
        Some(option) => {
            Err(FormulaError::new(option.value.span, format!("{name} takes one number")))
        }
    }
}

/// An activation function by name.
fn activation(name: &str, options: &[Argument], span: Span) -> Result<Function, FormulaError> {
    if Formula::ENTRY.answers_to(name) {
        return Err(FormulaError::new(span, "a formula is written out inside of another one"));
    }
    let named = options.iter().map(|Argument { name: option, value }| match option {
        Some((option, _)) => match literal(value) {
            Some(value) => Ok((option.clone(), value)),
            None => Err(FormulaError::new(
                value.span,
                format!("an option of {name} is a number here, not an expression"),
            )),
        },
        None => Err(FormulaError::new(value.span, format!("{name} takes one number"))),
    });
    let named: Vec<(String, Value)> = named.collect::<Result<_, _>>()?;
    let spec = ActivationSpec::from_arguments(name, Vec::new(), named).map_err(|error| {
        let failed = FormulaError::new(span, error.to_string());
        error.help().into_iter().fold(failed, FormulaError::help)
    })?;
    if spec.inner().is_trained() {
        return Err(FormulaError::new(span, format!("{spec} has a trained parameter of its own"))
            .help("write it out, with a constant: where(x > 0, x, slope * x), slope=param(0.25)"));
    }
    let function = Function::new(spec.inner().op()).filter(|_| !spec.inner().is_random());
    function.ok_or_else(|| {
        FormulaError::new(span, format!("{name} is no function of each number for itself"))
            .help("an activation function maps one number to one number")
    })
}

/// The refusal of a name that is no function of one number.
pub(super) fn unknown(name: &str, span: Span) -> FormulaError {
    let is_reduction = ["sum", "mean", "max", "min", "std", "var", "norm", "softmax", "prod"];
    let error = match is_reduction.contains(&name) {
        true => FormulaError::new(
            span,
            format!("{name} takes several numbers together; an activation maps one number to one"),
        ),
        false => FormulaError::new(span, format!("there is no function `{name}` for a formula")),
    };
    match name {
        "max" => return error.help("the larger of two numbers is maximum(x, 0)"),
        "min" => return error.help("the smaller of two numbers is minimum(x, 6)"),
        "if" => return error.help("where(x > 0, a, b) decides for each number"),
        _ if is_reduction.contains(&name) => return error,
        _ => {}
    }
    let activations = ActivationSpec::entries().into_iter().map(|entry| entry.name);
    let aliases = ALIASES.iter().map(|(alias, _)| *alias);
    let known = ops::function_names().chain(OTHERS).chain(aliases).chain(activations);
    match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!(
            "there are + - * / % ^, comparisons, {}, {} and every {} of one number",
            OTHERS.join(", "),
            ops::function_names().collect::<Vec<_>>().join(", "),
            Kind::Activation.noun()
        )),
    }
}

/// A function's value for a number, if it is one of those that are exact enough as doubles.
pub(super) fn of_number(name: &str, x: f64) -> Option<f64> {
    Some(match name {
        "exp" => x.exp(),
        "ln" => x.ln(),
        "sqrt" => x.sqrt(),
        "abs" => x.abs(),
        "square" => x * x,
        "reciprocal" => 1.0 / x,
        "log2" => x.log2(),
        "log10" => x.log10(),
        "log1p" => x.ln_1p(),
        "expm1" => x.exp_m1(),
        "floor" => x.floor(),
        "ceil" => x.ceil(),
        "trunc" => x.trunc(),
        "round" => x.round_ties_even(),
        "cos" => x.cos(),
        "tan" => x.tan(),
        "asin" => x.asin(),
        "acos" => x.acos(),
        "atan" => x.atan(),
        "sinh" => x.sinh(),
        "cosh" => x.cosh(),
        _ => return None,
    })
}

/// Whether an expression is a name, and which.
pub(super) fn name_of(kind: &ExprKind) -> Option<&str> {
    match kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}
