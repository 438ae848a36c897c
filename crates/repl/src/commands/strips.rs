//! `plot net.watch`: how values are distributed over the time of a training.

use super::plotting::Drawn;
use crate::json::exact;
use crate::syntax::{Expr, ExprKind};
use crate::{Failure, Session, Value};
use relume_inspection::plot::{Strips, WatchedValues};
use serde_json::json;

/// Columns of a strip in the terminal.
const COLUMNS: usize = 66;

/// The strips of `net.watch`, `net.watch.weights` and the like; none for any other expression.
pub(super) fn strips(session: &mut Session, expr: &Expr) -> Result<Option<Drawn>, Failure> {
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
    let strips = Strips::of(title, &model.run().history.watched, values).ok_or_else(|| {
        Failure::at(expr.span, format!("there are no {} to draw", values.name()))
            .help("lbfgs has no gradient of its own for a step")
    })?;
    let json = json!({ "type": "strips", "schema": 1, "strips": exact(&strips) });
    let text = Some(strips.terminal(COLUMNS));
    Ok(Some(Drawn { figure: strips.figure(), json, note: String::new(), text }))
}
