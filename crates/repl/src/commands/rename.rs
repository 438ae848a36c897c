//! `rename`.

use super::{Command, Expression, Given};
use crate::syntax::{Expr, ExprKind, Subscript};
use crate::{Failure, Session, Value};
use relume_catalog::Spec;

/// Gives what a name stands for another name, or a stage of a network.
///
/// A network keeps its weights, its optimizer's state and its history. Functions that use the old name do not find it
/// any more. A stage with a name is a chain, or shared layers, which are renamed in all of their places:
/// `rename net["trunk"] to body`.
///
/// ```relume
/// mlp = input(64) -> dense(10)
/// rename mlp to small
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(command)]
pub struct Rename {
    /// The name, or the stage.
    pub name: Expression,
    /// The new name, which nothing has yet.
    pub to: Expression,
}

impl Command for Rename {
    fn run(session: &mut Session, given: &Given<'_>) -> Result<(), Failure> {
        given.checked::<Self>(session)?;
        super::refuse_in_functions(session, given)?;
        let (old, new) = (given.required("name")?, given.required("to")?);
        if let ExprKind::Index(base, subscripts) = &old.kind {
            return rename_stage(session, base, subscripts, new);
        }
        let (old_name, new_name) = (name(old)?, name(new)?);
        if !session.names.contains_key(old_name) {
            return Err(session.unknown(old_name, old.span));
        }
        if new_name == "_" {
            return Err(Failure::at(new.span, "`_` is the last value and cannot be defined"));
        }
        if session.names.contains_key(new_name) {
            return Err(Failure::at(new.span, format!("there is a `{new_name}` already"))
                .help(format!("choose another name, or forget it first: delete {new_name}")));
        }
        session.names.rename(old_name, new_name);
        Ok(())
    }
}

/// Gives a stage of a network another name: `net["trunk"]`, or `net.layers[0]`.
fn rename_stage(
    session: &mut Session,
    base: &Expr,
    subscripts: &[Subscript],
    new: &Expr,
) -> Result<(), Failure> {
    let network = match &base.kind {
        ExprKind::Field(network, field, _) if field == "layers" => network,
        _ => base,
    };
    let network_name = name(network)?;
    let stage_name = match &new.kind {
        ExprKind::Name(name) | ExprKind::Text(name) => name,
        _ => {
            return Err(Failure::at(new.span, "a name is wanted here")
                .help("for example: rename net[\"trunk\"] to body"));
        }
    };
    let mut model = match session.name(network_name, network.span)? {
        Value::Network(model) => model,
        other => {
            let message = format!("a network is wanted here, not {}", other.kind());
            return Err(Failure::at(network.span, message));
        }
    };
    let places = session.places(subscripts)?;
    let [place] = places.as_slice() else {
        let message = "a network has one axis, so it takes one index";
        return Err(Failure::at(base.span, message));
    };
    let stages = place.stages(model.spec())?;
    model
        .rename_stage(&stages, stage_name)
        .map_err(|error| Failure::training(&error, place.span, None))?;
    session.update_network(network_name, model);
    Ok(())
}

fn name(expr: &Expr) -> Result<&str, Failure> {
    match &expr.kind {
        ExprKind::Name(name) => Ok(name),
        _ => Err(Failure::at(expr.span, "a name is wanted here")
            .help("for example: rename mlp to small")),
    }
}
