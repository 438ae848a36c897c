//! What cannot stand in a formula, with what can be written instead.

use super::FormulaError;
use super::definition::Definition;
use super::print;
use relume_catalog::syntax::{Binary, Expr, ExprKind, Span, Unary};

/// An operator that works on several numbers together.
pub(super) fn refused_operator(operator: Binary, span: Span) -> FormulaError {
    match operator {
        Binary::MatMul => FormulaError::new(
            span,
            "`@` takes several numbers together; an activation maps one number to one",
        ),
        Binary::And => FormulaError::new(span, "`and` decides once, not for each number")
            .help("multiply the comparisons: (x > 0) * (x < 1)"),
        Binary::Or => FormulaError::new(span, "`or` decides once, not for each number")
            .help("take the larger comparison: maximum(x < 0, x > 1)"),
        other => FormulaError::new(span, format!("`{}` cannot stand in a formula", other.symbol())),
    }
}

/// What is no number.
pub(super) fn refused(expr: &Expr) -> FormulaError {
    let what = match &expr.kind {
        ExprKind::Text(_) | ExprKind::Template(_) => "a string",
        ExprKind::Boolean(_) => "a truth value",
        ExprKind::List(_) => "a list or a tensor",
        ExprKind::Record(_) | ExprKind::Spread(_) => "a record",
        ExprKind::Chain(_) => "a network",
        ExprKind::Index(..) => "an item of a tensor",
        ExprKind::Field(..) => "a field",
        ExprKind::Range(..) => "a range",
        ExprKind::Unary(Unary::Not, _) => "`not`",
        _ => "this",
    };
    let error = FormulaError::new(expr.span, format!("{what} cannot stand in a formula"));
    match &expr.kind {
        ExprKind::Unary(Unary::Not, _) => error.help("compare the other way round: x <= 0"),
        _ => error.help("an activation function maps one number to one number"),
    }
}

/// `param(...)` within a formula: constants stand among the parameters.
pub(super) fn param_within(definition: &Definition, text: &str, span: Span) -> FormulaError {
    let names = ["a", "b", "c", "d"];
    let is_free = |name: &&str| {
        *name != definition.input && definition.constants.iter().all(|(own, _)| own != name)
    };
    let own = names.into_iter().find(is_free).unwrap_or("constant");
    let constants: String = definition
        .constants
        .iter()
        .map(|(name, constant)| format!(", {name}={constant}"))
        .collect();
    let body = print::expression(&definition.body).replace(text, own);
    FormulaError::new(span, "a trained constant stands among the parameters").help(format!(
        "{}({}{constants}, {own}={text}) = {body}",
        definition.name, definition.input
    ))
}
