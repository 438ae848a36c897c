//! Expressions of formulas as text that parses back, with no more brackets than it needs.

use relume_catalog::syntax::{Argument, Binary, Expr, ExprKind, Unary};
use relume_catalog::{Value, value_text};

/// How tightly an expression holds together: comparisons least, values most.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Comparison,
    Sum,
    Product,
    Sign,
    Power,
    Value,
}

/// The text of an expression of numbers, names, operators and calls: of what can stand in a formula.
pub(super) fn expression(expr: &Expr) -> String {
    at(expr, Level::Comparison)
}

/// The text of a call.
pub(super) fn call(name: &str, arguments: &[Argument]) -> String {
    let argument = |Argument { name, value }: &Argument| match name {
        Some((name, _)) => format!("{name}={}", expression(value)),
        None => expression(value),
    };
    let arguments: Vec<String> = arguments.iter().map(argument).collect();
    format!("{name}({})", arguments.join(", "))
}

/// The text, in brackets if it holds together less tightly than what stands around it.
fn at(expr: &Expr, least: Level) -> String {
    let (text, own) = written(expr);
    if own < least { format!("({text})") } else { text }
}

fn written(expr: &Expr) -> (String, Level) {
    match &expr.kind {
        // A number that was put in the place of a name may be negative.
        ExprKind::Number(x) if x.is_sign_negative() => (value_text(&Value::from(*x)), Level::Sign),
        ExprKind::Number(x) => (value_text(&Value::from(*x)), Level::Value),
        ExprKind::Text(text) => (value_text(&Value::from(text.as_str())), Level::Value),
        ExprKind::Boolean(own) => (own.to_string(), Level::Value),
        ExprKind::Name(name) => (name.clone(), Level::Value),
        ExprKind::Unary(Unary::Minus, operand) => {
            (format!("-{}", at(operand, Level::Sign)), Level::Sign)
        }
        ExprKind::Binary(operator, left, right) => binary(*operator, left, right),
        ExprKind::Call { callee, arguments } => {
            (call(&at(callee, Level::Value), arguments), Level::Value)
        }
        ExprKind::Field(base, name, _) => {
            (format!("{}.{name}", at(base, Level::Value)), Level::Value)
        }
        // Nothing else passes the check of a definition.
        _ => ("?".to_string(), Level::Value),
    }
}

fn binary(operator: Binary, left: &Expr, right: &Expr) -> (String, Level) {
    let (own, sides) = match operator {
        Binary::Add | Binary::Sub => (Level::Sum, [Level::Sum, Level::Product]),
        Binary::Mul | Binary::Div | Binary::Rem | Binary::MatMul => {
            (Level::Product, [Level::Product, Level::Sign])
        }
        // From the right; a sign may stand before the exponent.
        Binary::Pow => (Level::Power, [Level::Value, Level::Sign]),
        _ => (Level::Comparison, [Level::Sum, Level::Sum]),
    };
    let right = match (operator, &right.kind) {
        (Binary::Pow, ExprKind::Unary(Unary::Minus, exponent)) => {
            format!("-{}", at(exponent, Level::Value))
        }
        _ => at(right, sides[1]),
    };
    (format!("{} {} {right}", at(left, sides[0]), operator.symbol()), own)
}
