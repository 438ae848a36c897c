//! `plot net.watch`: how values are distributed over the time of a training.

use super::replaced::check_replaced;
use crate::json::exact;
use crate::syntax::{Expr, ExprKind, Span};
use crate::{Failure, Session, Value};
use relume_inspection::plot::{Strips, WatchedValues};
use serde_json::json;
use std::path::Path;

/// Columns of a strip in the terminal.
const COLUMNS: usize = 66;

/// The strips of `net.watch`, `net.watch.weights` and the like; none for any other expression.
pub(super) fn strips(session: &mut Session, expr: &Expr) -> Result<Option<Strips>, Failure> {
    let ExprKind::Field(base, name, _) = &expr.kind else { return Ok(None) };
    let (watch, values) = match (name.as_str(), &base.kind) {
        ("watch", _) => (expr, WatchedValues::Outputs),
        (name, ExprKind::Field(_, inner, _)) if inner == "watch" => {
            let values = WatchedValues::ALL.into_iter().find(|values| values.name() == name);
            let Some(values) = values else { return Ok(None) };
            (&**base, values)
        }
        _ => return Ok(None),
    };
    let ExprKind::Field(network, ..) = &watch.kind else { return Ok(None) };
    let Value::Network(model) = session.evaluate(network)? else { return Ok(None) };
    // What is not there is refused as everywhere.
    session.evaluate(expr)?;
    let called = super::varied::text(session, network.span);
    let title = format!("{} of {called}", values.name());
    let strips = Strips::of(title, &model.run().history.watched, values);
    strips.map(Some).ok_or_else(|| {
        Failure::at(expr.span, format!("there are no {} to draw", values.name()))
            .help("lbfgs has no gradient of its own for a step")
    })
}

/// Prints strips, or writes them to a picture.
pub(super) fn show(
    session: &mut Session,
    strips: &Strips,
    to: Option<String>,
    span: Span,
) -> Result<(), Failure> {
    if let Some(path) = to {
        check_replaced(&path, span, "picture", |head| {
            head.trim_ascii_start().starts_with(b"<") || head.starts_with(b"\x89PNG")
        })?;
        let saved = strips.save(Path::new(&path));
        saved.map_err(|error| Failure::at(span, error.to_string()))?;
        session.output.result(&format!("drawn to {path}"), || json!({ "drawn": path }));
        return Ok(());
    }
    let shown = exact(strips);
    session.output.result(
        &strips.terminal(COLUMNS),
        || json!({ "type": "strips", "schema": 1, "strips": shown }),
    );
    Ok(())
}
