//! Data sets that statements use without a name, such as that of `train net on digits`.

use crate::syntax::{Body, Expr, ExprKind, Statement, StatementKind, Word};
use crate::tables;
use crate::{Session, commands, syntax};
use relume_catalog::Kind;

/// The expressions after `on` in a statement's text that are data sets whatever the session's names stand for.
pub(super) fn unnamed_data(session: &Session, text: &str) -> Vec<String> {
    let names = session.names.keys().map(String::as_str);
    // What was run before has been parsed.
    let statements = syntax::parse_with(text, &commands::verbs(), names).unwrap_or_default();
    let mut found = Vec::new();
    each(&statements, &mut |words| {
        for word in words {
            if let Word::Named { name, value, .. } = word
                && name == "on"
                && is_source(session, value)
            {
                found.push(value.span.of(text).to_string());
            }
        }
    });
    found
}

/// The words of each command, also of those in blocks.
fn each(statements: &[Statement], visit: &mut impl FnMut(&[Word])) {
    for statement in statements {
        match &statement.kind {
            StatementKind::Command { words, .. } => visit(words),
            StatementKind::If { arms, otherwise } => {
                arms.iter().for_each(|(_, block)| each(block, visit));
                each(otherwise, visit);
            }
            StatementKind::While { body, .. } | StatementKind::For { body, .. } => {
                each(body, visit);
            }
            StatementKind::Try { body, otherwise, .. } => {
                each(body, visit);
                each(otherwise, visit);
            }
            StatementKind::Time(inner) => each(std::slice::from_ref(inner), visit),
            StatementKind::Function(function) => {
                if let Body::Block(body) = &function.body {
                    each(body, visit);
                }
            }
            _ => {}
        }
    }
}

/// Whether an expression is a data set from the table with arguments that are written out.
fn is_source(session: &Session, expr: &Expr) -> bool {
    let is_data = |expr: &Expr| {
        matches!(&expr.kind, ExprKind::Name(name)
            if tables::find(Kind::Data, name).is_some() && !session.names.contains_key(name))
    };
    match &expr.kind {
        ExprKind::Call { callee, arguments } => {
            is_data(callee) && arguments.iter().all(|argument| is_written_out(&argument.value))
        }
        _ => is_data(expr),
    }
}

fn is_written_out(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Boolean(_) => true,
        ExprKind::Unary(_, inner) => is_written_out(inner),
        ExprKind::List(items) => items.iter().all(is_written_out),
        _ => false,
    }
}
